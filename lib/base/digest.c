#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "base/arena.h"

static void write_hex(const unsigned char *hash, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * len] = '\0';
}

/*
 * What is dear in libcrypto 3 is to look a digest up by its name, and to make a context for it: once
 * is enough.
 */
struct kind {
    const char *name;
    EVP_MD *digest;
    EVP_MD_CTX *context;
};

static struct kind sha1 = {.name = "SHA1"}, sha256 = {.name = "SHA256"},
                   sha384 = {.name = "SHA384"};

static bool kind_is_ready(struct kind *kind)
{
    if (!kind->digest)
        kind->digest = EVP_MD_fetch(NULL, kind->name, NULL);
    if (!kind->context)
        kind->context = EVP_MD_CTX_new();
    return kind->digest && kind->context;
}

/* Without memory, or without such a digest, there is nothing to go on with. */
static void digest_hex(struct slice bytes, struct kind *kind, char *out)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!kind_is_ready(kind) || !EVP_DigestInit_ex2(kind->context, kind->digest, NULL) ||
        !EVP_DigestUpdate(kind->context, bytes.ptr, bytes.len) ||
        !EVP_DigestFinal_ex(kind->context, hash, &len))
        memory_exhausted();
    write_hex(hash, len, out);
}

void digest_sha1_hex(struct slice bytes, char out[DIGEST_SHA1_HEX + 1])
{
    digest_hex(bytes, &sha1, out);
}

void digest_sha256_hex(struct slice bytes, char out[DIGEST_SHA256_HEX + 1])
{
    digest_hex(bytes, &sha256, out);
}

void digest_sha384_hex(struct slice bytes, char out[DIGEST_SHA384_HEX + 1])
{
    digest_hex(bytes, &sha384, out);
}

/* What cannot be had is told by those who need it. */
void digest_prepare(void)
{
    static bool is_prepared;
    unsigned char ignored;

    if (is_prepared)
        return;
    is_prepared = true;
    (void)kind_is_ready(&sha256);
    (void)!RAND_bytes(&ignored, sizeof ignored);
}

uint32_t digest_crc32(struct slice bytes, uint32_t so_far)
{
    uint32_t sum = ~so_far;

    for (size_t i = 0; i < bytes.len; i++) {
        sum ^= (unsigned char)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            sum = (sum >> 1) ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    return ~sum;
}

struct digest_sum {
    EVP_MD_CTX *context;
};

struct digest_sum *digest_sum_new(void)
{
    struct digest_sum *sum = malloc(sizeof *sum);

    if (!sum || !(sum->context = EVP_MD_CTX_new()) ||
        !EVP_DigestInit_ex(sum->context, EVP_sha256(), NULL))
        memory_exhausted();
    return sum;
}

void digest_sum_add(struct digest_sum *sum, struct slice bytes)
{
    EVP_DigestUpdate(sum->context, bytes.ptr, bytes.len);
}

void digest_sum_base64(const struct digest_sum *sum, char out[DIGEST_SHA256_BASE64 + 1])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    if (!copy || !EVP_MD_CTX_copy_ex(copy, sum->context))
        memory_exhausted();
    EVP_DigestFinal_ex(copy, hash, NULL);
    EVP_MD_CTX_free(copy);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
}

void digest_sum_free(struct digest_sum *sum)
{
    EVP_MD_CTX_free(sum->context);
    free(sum);
}
