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

/* FIPS 180-2, appendix A. */
static void digest_sha1_published_example_agrees(void **state)
{
    (void)state;
    char hex[DIGEST_SHA1_HEX + 1];

    digest_sha1_hex(SLICE("abc"), hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
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

/* FIPS 180-2, appendix D. */
static void digest_sha384_published_examples_agree(void **state)
{
    (void)state;
    char hex[DIGEST_SHA384_HEX + 1];

    digest_sha384_hex(SLICE("abc"), hex);
    assert_string_equal(hex, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                             "8086072ba1e7cc2358baeca134c825a7");
    digest_sha384_hex((struct slice){0}, hex);
    assert_string_equal(hex, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
                             "274edebfe76f65fbd51ad2f14898b95b");
}

/* The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms. */
static void digest_crc32_check_value_agrees(void **state)
{
    (void)state;
    assert_int_equal(digest_crc32(SLICE("123456789"), 0), 0xcbf43926);
    assert_int_equal(digest_crc32((struct slice){0}, 0), 0);
    assert_int_not_equal(digest_crc32(SLICE("a\0b"), 0), digest_crc32(SLICE("a"), 0));
    assert_int_not_equal(digest_crc32(SLICE("\xff"), 0), digest_crc32(SLICE("\x7f"), 0));
}

static void digest_prepare_changes_no_answer(void **state)
{
    (void)state;
    char hex[DIGEST_SHA256_HEX + 1];

    digest_prepare();
    digest_prepare();
    digest_sha256_hex(SLICE("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* The digest of "abc" in FIPS 180-2, appendix B, and of nothing. */
static void digest_sum_is_told_on_the_way(void **state)
{
    struct digest_sum *sum = digest_sum_new();
    char base64[DIGEST_SHA256_BASE64 + 1];

    (void)state;
    digest_sum_base64(sum, base64);
    assert_string_equal(base64, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    digest_sum_add(sum, SLICE("a"));
    digest_sum_base64(sum, base64);
    assert_string_equal(base64, "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=");
    digest_sum_add(sum, SLICE(""));
    digest_sum_add(sum, SLICE("bc"));
    digest_sum_base64(sum, base64);
    assert_string_equal(base64, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    digest_sum_free(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_prepare_changes_no_answer),
        cmocka_unit_test(digest_sum_is_told_on_the_way),
        cmocka_unit_test(digest_sha256_published_examples_agree),
        cmocka_unit_test(digest_sha1_published_example_agrees),
        cmocka_unit_test(digest_sha256_empty_slice_is_the_digest_of_nothing),
        cmocka_unit_test(digest_sha256_bytes_with_nul_count_to_the_end),
        cmocka_unit_test(digest_sha384_published_examples_agree),
        cmocka_unit_test(digest_crc32_check_value_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
