#include "base/digest.h"

#include <openssl/sha.h>

void digest_sha256_hex(struct slice bytes, char out[DIGEST_SHA256_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)bytes.ptr, bytes.len, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[DIGEST_SHA256_HEX] = '\0';
}
