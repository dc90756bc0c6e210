/*
 * base/digest - checksums as the migration tools record them
 *
 * Why here   The one door to libcrypto.
 */
#ifndef MIGRINIT_BASE_DIGEST_H
#define MIGRINIT_BASE_DIGEST_H

#include "base/slice.h"

enum { DIGEST_SHA256_HEX = 64 };

/* Lower-case hex with a terminator. */
void digest_sha256_hex(struct slice bytes, char out[DIGEST_SHA256_HEX + 1]);

#endif
