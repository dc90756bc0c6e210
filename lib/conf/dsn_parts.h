/*
 * conf/dsn_parts - what the rooms of conf/dsn share; nobody else includes this
 */
#ifndef MIGRINIT_CONF_DSN_PARTS_H
#define MIGRINIT_CONF_DSN_PARTS_H

#include "conf/dsn.h"

struct dsn_reader {
    struct arena *arena;
    struct dsn *dsn;
    struct error *err;
    /* Names behind a password may be what is left of it ("password=a&b=c"): not told. */
    bool hides_names;
    bool refuses_unknown; /* a keyword string, where a blank in a password makes "keywords" */
    const char *ssl;      /* sslmode that ssl= asks for, unless sslmode= says */
    bool is_table_quoted;
    bool is_prisma; /* sslaccept= was seen: sslcert= is the server's CA then */
};

/* The text behind "://". */
bool dsn_read_url(struct dsn_reader *reader, struct slice rest) MUST_CHECK;
bool dsn_read_keywords(struct dsn_reader *reader, struct slice text) MUST_CHECK;

/* Take one parameter, decoded. dsn_finish_params() settles what depends on several of them. */
bool dsn_take_param(struct dsn_reader *reader, struct slice name, struct slice value) MUST_CHECK;
bool dsn_finish_params(struct dsn_reader *reader) MUST_CHECK;
bool dsn_is_known_param(struct slice name);

/* Whether it is a host name, an address, or a folder (or @name) of a unix socket. */
bool dsn_is_host(struct slice host);

/* An IPv6 address, perhaps with a zone: fe80::1%eth0. Two colons tell it from "a:5432". */
bool dsn_is_ipv6(struct slice host);

bool dsn_is_port(struct slice port);

#endif
