/*
 * conf/options - one row per setting; everything else about it is derived
 *
 * Why here   The INI file, the environment, the flags, --help, `migrinit config` and the manual
 *            page must never disagree. Each is made from these rows.
 *
 *   row                                   gives
 *   "wait", "timeout", ...                [wait] timeout in the INI file
 *                                         MIGRINIT_WAIT_TIMEOUT in the environment
 *                                         --wait-timeout on the command line
 *   aliases "AUTO_MIGRATE"                a name from the world that means the same
 */
#ifndef MIGRINIT_CONF_OPTIONS_H
#define MIGRINIT_CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum option_type {
    OPTION_TEXT,     /* const char *, NULL when unset */
    OPTION_SECRET,   /* struct secret */
    OPTION_BOOL,     /* bool: true/false, yes/no, on/off, 1/0 */
    OPTION_INT,      /* int64_t */
    OPTION_DURATION, /* int64_t milliseconds */
    OPTION_CHOICE,   /* int: the index in `choices`; where these have true and false, yes and no do
                        too */
    OPTION_LIST,     /* struct text_list: words between blanks or commas */
    OPTION_FILES,    /* struct text_list: pairs NAME:/path, each NAME once */
    OPTION_SIGNAL,   /* int, 0 when unset: a name or a number, not KILL, STOP or CHLD */
    OPTION_SIGNALS,  /* struct remap of signals: TERM:QUIT, HUP:0 */
    OPTION_CODES,    /* struct remap of exit codes: 143:0 */
};

enum option_flag {
    OPTION_PER_STEP = 1, /* may stand in a [migrate:NAME] section */
    OPTION_HAS_FILE = 2, /* each environment name exists with _FILE, the INI key with _file, too */
    OPTION_NO_FLAG = 4,  /* not on the command line: a secret would show in ps(1) */
    OPTION_NOT_FOR_APP = 8, /* a credential of the migrations: kept from the app under every name */
};

enum { OPTION_ALIASES_MAX = 4, OPTION_CHOICES_MAX = 6 };

struct option {
    const char *section;
    const char *key;
    enum option_type type;
    unsigned flags;
    size_t offset;             /* of the value: in struct config, or in struct step when PER_STEP */
    const char *default_value; /* as it would be written; NULL for none */
    const char *help;          /* one sentence */
    const char *choices[OPTION_CHOICES_MAX];
    const char *aliases[OPTION_ALIASES_MAX]; /* environment names, the first wins over the next */
    int64_t min, max;                        /* of an OPTION_INT */
};

extern const struct option options[];
extern const size_t option_count;

enum { OPTION_NAME_MAX = 80 }; /* room for any name below, with its terminator */

/*
 * NULL when there is no such setting. A flag is given without its dashes, "wait-timeout"; a row
 * with OPTION_NO_FLAG is found too, so that conf/config can say what to use in its place.
 */
const struct option *option_find(struct slice section, struct slice key);
const struct option *option_of_flag(struct slice flag);

/* What every row's own name in the environment begins with, and a file's name ends with. */
extern const char option_env_prefix[], option_file_suffix[];

/* Ours, but no settings: where the INI file is, and what the app is told. Ends with NULL. */
extern const char *const option_other_names[];

/* A row's own name or an alias, with _FILE (*is_file) where the row has OPTION_HAS_FILE. */
const struct option *option_of_env(struct slice name, bool *is_file);

/*
 * Whether the name begins with MIGRINIT_ and means nothing to us: a spelling mistake. What is no
 * setting but ours all the same (MIGRINIT_CONFIG, MIGRINIT_STATUS) is known, and so are the names
 * that Kubernetes makes of a Service called migrinit or migrinit-app (MIGRINIT_APP_SERVICE_HOST).
 */
bool option_env_is_unknown(const char *name);

/*
 * Whether the app is not to see the variable: what begins with MIGRINIT_ and is ours, NAME_FILE of
 * any setting, and the credentials of the migrations. DATABASE_URL, POSTGRES_* and the like are the
 * app's as well, and a Service's MIGRINIT_APP_PORT is nobody's setting.
 */
bool option_env_is_kept_from_app(struct slice name);

/* "MIGRINIT_WAIT_TIMEOUT", "wait-timeout" */
void option_env_name(const struct option *option, char *out, size_t out_size);
void option_flag_name(const struct option *option, char *out, size_t out_size);

/* The nearest known name for "did you mean", or NULL when none is near. */
const char *option_nearest_env(const char *name, char *out, size_t out_size);
const char *option_nearest_flag(const char *name, char *out, size_t out_size);
const char *option_nearest_section(const char *section, char *out, size_t out_size);
const char *option_nearest_key(const char *section, const char *key, char *out, size_t out_size);

#endif
