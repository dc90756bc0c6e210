/*
 * base/siphash - SipHash-1-3 with a key of zeros
 *
 * Why here   Rust's refinery keeps it as its checksum. libcrypto may be built without SipHash, and
 *            a static one often is.
 * Facts      the function is that of Aumasson and Bernstein, "SipHash: a fast short-input PRF"
 *            (2012), with one round for each word and three at the end
 */
#ifndef MIGRINIT_BASE_SIPHASH_H
#define MIGRINIT_BASE_SIPHASH_H

#include <stdint.h>

#include "base/slice.h"

uint64_t siphash13(struct slice bytes);

#endif
