/*
 * entrypoint/http - as much of HTTP/1 as a probe needs: read a GET, write an answer
 *
 * Why here   PID 1 reads what strangers send. No parser library suits: of those that work on a
 * fixed buffer Debian has http-parser alone, whose upstream was archived in 2022; llhttp comes only
 * inside of node, picohttpparser not at all; libmicrohttpd, libevent and mongoose allocate for each
 * connection. What is left to read is a line and where the headers end. Strict     One way to write
 * a request is taken: RFC 9112's grammar without its leniences. No bare CR or LF, no control byte,
 * no blank before a header's colon, no folded header, no absolute-form. What a header says is not
 * looked at, and no body is read. Purity     bytes in, verdict out
 */
#ifndef MIGRINIT_ENTRYPOINT_HTTP_H
#define MIGRINIT_ENTRYPOINT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum http_verdict { HTTP_MORE, HTTP_GET, HTTP_REFUSED };

struct http_request {
    struct slice path; /* without the query; of HTTP_GET */
    int status;        /* of HTTP_REFUSED */
};

/* is_all: there is no room for more. What stands behind the first request is not looked at. */
enum http_verdict http_read(struct slice bytes, bool is_all, struct http_request *out);

enum { HTTP_HEAD_MAX = 256 };

/* The head of an answer, after which the connection ends; gives the length. */
size_t http_head(int status, size_t body_len, char *out, size_t out_size);

#endif
