#include "base/siphash.h"

enum { WORD_BYTES = 8 };

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    v[0] ^= word;
}

/* At most eight bytes, little-endian. */
static uint64_t read_word(struct slice bytes)
{
    uint64_t word = 0;

    for (size_t i = 0; i < bytes.len && i < WORD_BYTES; i++)
        word |= (uint64_t)(unsigned char)bytes.ptr[i] << (8 * i);
    return word;
}

uint64_t siphash13(struct slice bytes)
{
    /* "somepseudorandomlygeneratedbytes" */
    uint64_t v[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
                     0x7465646279746573};
    uint64_t len = bytes.len;

    for (; bytes.len >= WORD_BYTES; bytes = slice_sub(bytes, WORD_BYTES, bytes.len))
        take_word(v, read_word(bytes));
    take_word(v, read_word(bytes) | len << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
