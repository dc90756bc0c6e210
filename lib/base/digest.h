/*
 * base/digest - checksums as the migration tools record them
 *
 * Why here   The one door to libcrypto. It has no CRC-32, so those few lines are ours: the tools
 * make the keys of their locks of it.
 */
#ifndef MIGRINIT_BASE_DIGEST_H
#define MIGRINIT_BASE_DIGEST_H

#include <stdint.h>

#include "base/slice.h"

enum { DIGEST_SHA1_HEX = 40, DIGEST_SHA256_HEX = 64, DIGEST_SHA384_HEX = 96 };

/* Lower-case hex with a terminator. */
void digest_sha1_hex(struct slice bytes, char out[DIGEST_SHA1_HEX + 1]);
void digest_sha256_hex(struct slice bytes, char out[DIGEST_SHA256_HEX + 1]);
void digest_sha384_hex(struct slice bytes, char out[DIGEST_SHA384_HEX + 1]);

/* CRC-32 as zlib and PNG have it. Begin with 0; a text in pieces is summed by handing on the sum.
 */
uint32_t digest_crc32(struct slice bytes, uint32_t so_far);

#endif
