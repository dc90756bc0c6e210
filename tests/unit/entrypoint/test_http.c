/* What is a request, what is none, and that the pieces in which it comes do not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "entrypoint/http.h"

static const struct {
    const char *bytes;
    int status; /* 200: a GET; 0: more is to come */
    const char *path;
} rows[] = {
    {"GET /livez HTTP/1.1\r\n\r\n", 200, "/livez"},
    {"GET / HTTP/1.0\r\nHost: x\r\nUser-Agent: kube-probe/1.30\r\nAccept:*/*\r\n\r\n", 200, "/"},
    {"GET /readyz?verbose=1&x HTTP/1.1\r\nX:\r\nY: \xc3\xa9\t\r\n\r\n", 200, "/readyz"},
    {"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", 200, "/a"}, /* pipelined */
    {"GET /a HTTP/1.1\r\nContent-Length: 5\r\n\r\n\x01\x02\x03", 200, "/a"},
    {"", 0, NULL},
    {"G", 0, NULL},
    {"GET /livez HTTP/1.1\r", 0, NULL},
    {"GET /livez HTTP/1.1\r\n", 0, NULL},
    {"GET /livez HTTP/1.1\r\nHost: x\r\n", 0, NULL},
    {"GET /livez HTTP/1.1\r\nHost: x\r\n\r", 0, NULL},
    {"POST /livez HTTP/1.1\r\n", 405, NULL},
    {"HEAD /livez HTTP/1.1\r\n\r\n", 405, NULL},
    {"get /livez HTTP/1.1\r\n\r\n", 405, NULL},
    {"GET /livez HTTP/1.1\n\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\nHost: x\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\nHost: x\rY: z\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\n Host: x\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\nHost\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\n: x\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400, NULL}, /* folded */
    {"GET  /livez HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET /livez  HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/1.1 \r\n\r\n", 400, NULL},
    {"GET\t/livez HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET /livez\r\n\r\n", 400, NULL},
    {"GET /livez HTTP/2.0\r\n\r\n", 400, NULL},
    {"GET /livez http/1.1\r\n\r\n", 400, NULL},
    {"GET livez HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET http://x/livez HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET /l\xc3\xa9 HTTP/1.1\r\n\r\n", 400, NULL},
    {"\r\nGET /livez HTTP/1.1\r\n\r\n", 400, NULL},
    {"\r\n\r\n", 400, NULL},
    {"\x16\x03\x01\x02", 400, NULL}, /* TLS */
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, NULL},
    {"\x7fGET / HTTP/1.1\r\n\r\n", 400, NULL},
};

/* A copy of that size exactly: what is read beyond it, a sanitizer sees. */
static int status_of(struct slice bytes, bool is_all, struct http_request *request)
{
    char *copy = malloc(bytes.len ? bytes.len : 1);
    enum http_verdict verdict;

    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    verdict = http_read((struct slice){copy, bytes.len}, is_all, request);
    if (verdict == HTTP_GET)
        request->path.ptr = bytes.ptr + (request->path.ptr - copy);
    free(copy);
    return verdict == HTTP_GET ? 200 : verdict == HTTP_MORE ? 0 : request->status;
}

static void request_every_row(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request = {0};
        int status = status_of(slice_from(rows[i].bytes), false, &request);

        if (status != rows[i].status)
            fail_msg("%s: %d, not %d", rows[i].bytes, status, rows[i].status);
        if (rows[i].path)
            assert_true(slice_equal_text(request.path, rows[i].path));
    }
}

/* Byte by byte it is the same: once there is a verdict it stays, and no part is a request early. */
static void request_comes_in_pieces(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice whole = slice_from(rows[i].bytes);
        struct http_request request = {0};
        int before = 0;

        for (size_t len = 0; len <= whole.len; len++) {
            int status = status_of(slice_sub(whole, 0, len), false, &request);

            if (before)
                assert_int_equal(status, before);
            before = status;
        }
        assert_int_equal(before, rows[i].status);
    }
}

static void request_that_does_not_fit_is_refused(void **unused)
{
    struct http_request request = {0};

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int status = status_of(slice_from(rows[i].bytes), true, &request);

        assert_int_equal(status, rows[i].status ? rows[i].status : 431);
    }
}

static void request_with_a_nul_is_refused(void **unused)
{
    struct http_request request = {0};

    (void)unused;
    assert_int_equal(status_of(SLICE("GET /\0 HTTP/1.1\r\n\r\n"), false, &request), 400);
    assert_int_equal(status_of(SLICE("\0"), false, &request), 400);
}

/* Random bytes, many of them such as requests are made of. */
static void request_of_noise_is_survived(void **unused)
{
    static const char alphabet[] = "GET /z?HTTP/1.1\r\n\r\n:: \t\n\r\x01\xff";
    uint32_t state = 1;

    (void)unused;
    for (int round = 0; round < 20000; round++) {
        struct http_request request = {0};
        char bytes[48];
        size_t len = (size_t)(round % (int)sizeof bytes);

        for (size_t i = 0; i < len; i++) {
            state = state * 1664525 + 1013904223;
            bytes[i] = alphabet[(state >> 16) % (sizeof alphabet - 1)];
        }
        status_of((struct slice){bytes, len}, round % 2, &request);
    }
}

static void head_is_whole_for_every_status(void **unused)
{
    static const int statuses[] = {200, 400, 404, 405, 431, 503};
    char head[HTTP_HEAD_MAX];

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        size_t len = http_head(statuses[i], 3072, head, sizeof head);

        assert_true(len < sizeof head);
        assert_int_equal(atoi(head + strlen("HTTP/1.1 ")), statuses[i]);
        assert_non_null(strstr(head, "\r\nContent-Length: 3072\r\n"));
        assert_string_equal(head + len - 4, "\r\n\r\n");
        assert_true(head[strlen("HTTP/1.1 200 ")] > ' ');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_every_row),
        cmocka_unit_test(request_comes_in_pieces),
        cmocka_unit_test(request_that_does_not_fit_is_refused),
        cmocka_unit_test(request_with_a_nul_is_refused),
        cmocka_unit_test(request_of_noise_is_survived),
        cmocka_unit_test(head_is_whole_for_every_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
