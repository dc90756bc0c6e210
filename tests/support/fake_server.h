/*
 * support/fake_server - a server on 127.0.0.1 that is not what it seems
 *
 * Each connection gets the next behaviour of the script; the last one serves all that follow.
 */
#ifndef MIGRINIT_TESTS_FAKE_SERVER_H
#define MIGRINIT_TESTS_FAKE_SERVER_H

#include <pthread.h>
#include <stddef.h>

enum fake_kind {
    FAKE_CLOSE,  /* accept and hang up */
    FAKE_SILENT, /* accept and say nothing */
    FAKE_HTTP,   /* answer like a web server */
    FAKE_ERROR,  /* answer the start-up packet with an SQLSTATE */
    FAKE_PROXY,  /* pass everything on to real_port */
    FAKE_POOLER  /* the same, with another backend's pid in the key */
};

struct fake_step {
    enum fake_kind kind;
    const char *sqlstate, *text;
};

enum { FAKE_STEPS_MAX = 8 };

struct fake_server {
    struct fake_step steps[FAKE_STEPS_MAX];
    size_t step_count;
    int real_port;
    int port;
    int listener;
    int connections; /* so far; atomic */
    pthread_t thread;
};

void fake_start(struct fake_server *fake);
void fake_stop(struct fake_server *fake);

#endif
