/*
 * base/digest - checksums as the migration tools record them
 *
 * Why here   The one door to libcrypto. It has no CRC-32, so those few lines are ours: the tools
 * make the keys of their locks of it.
 */
#ifndef MIGRINIT_BASE_DIGEST_H
#define MIGRINIT_BASE_DIGEST_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/slice.h"

enum { DIGEST_SHA1_HEX = 40, DIGEST_SHA256_HEX = 64, DIGEST_SHA384_HEX = 96 };

/* Lower-case hex with a terminator. */
void digest_sha1_hex(struct slice bytes, char out[DIGEST_SHA1_HEX + 1]);
void digest_sha256_hex(struct slice bytes, char out[DIGEST_SHA256_HEX + 1]);
void digest_sha384_hex(struct slice bytes, char out[DIGEST_SHA384_HEX + 1]);

/*
 * What libcrypto does when it is used for the first time: SHA-256 is found, and the random numbers
 * of a log-in are seeded. Both take 0.9 ms (OpenSSL 3.5.7), which somebody who has to wait for other
 * reasons can spend at once.
 */
void digest_prepare(void);

/* CRC-32 as zlib and PNG have it. Begin with 0; a text in pieces is summed by handing on the sum.
 */
uint32_t digest_crc32(struct slice bytes, uint32_t so_far);

/* SHA-256 of bytes that come in pieces, asked for on the way. End it with digest_sum_free(). */
struct digest_sum;

enum { DIGEST_SHA256_BASE64 = 44 };

struct digest_sum *digest_sum_new(void) RETURNS_NONNULL;
void digest_sum_add(struct digest_sum *sum, struct slice bytes);

/* Of what was added so far, as base64 with a terminator; more may be added afterwards. */
void digest_sum_base64(const struct digest_sum *sum, char out[DIGEST_SHA256_BASE64 + 1]);
void digest_sum_free(struct digest_sum *sum);

#endif
