#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/digest.h"

/* FIPS 180-2, appendix B. */
static void digest_sha256_published_examples_agree(void **state)
{
    (void)state;
    char hex[DIGEST_SHA256_HEX + 1];

    digest_sha256_hex(SLICE("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256_hex(SLICE("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void digest_sha256_empty_slice_is_the_digest_of_nothing(void **state)
{
    (void)state;
    char hex[DIGEST_SHA256_HEX + 1];

    digest_sha256_hex((struct slice){0}, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void digest_sha256_bytes_with_nul_count_to_the_end(void **state)
{
    (void)state;
    char whole[DIGEST_SHA256_HEX + 1], cut[DIGEST_SHA256_HEX + 1];

    digest_sha256_hex(SLICE("a\0b"), whole);
    digest_sha256_hex(SLICE("a"), cut);
    assert_string_not_equal(whole, cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_sha256_published_examples_agree),
        cmocka_unit_test(digest_sha256_empty_slice_is_the_digest_of_nothing),
        cmocka_unit_test(digest_sha256_bytes_with_nul_count_to_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
