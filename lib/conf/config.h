/*
 * conf/config - default < INI file < environment < flag, laid over each other into one const value
 *
 * Use        Build it once at start; hand it down as const. No room below looks up to it: each gets
 *            the few values that it needs.
 * Owns       nothing; everything lives in the arena, secrets included
 * Errors     ERR_CONFIG (ERR_USAGE for a flag) that names the setting, where it stands, what is
 *            allowed, and for an unknown name the nearest known one. Never a secret's text.
 *
 * Empty      An empty value, in a variable or in the INI file, counts as not set: compose files
 *            write `DB_HOST=` for "none", and `AUTO_MIGRATE=` is no answer either. An empty flag is
 *            an error.
 * Names      Of several environment names of one setting the MIGRINIT_ one wins, then the aliases
 *            in their order; a name that loses is not looked at. NAME and NAME_FILE both set is an
 *            error. A number that is a URL of tcp:// is passed over: Kubernetes sets
 *            DB_PORT=tcp://10.0.0.1:5432 for a Service called db, and nobody wrote that.
 * Blanks     around a value, and one pair of quotes around a number, boolean, duration or choice,
 *            are dropped: `docker run --env-file` keeps both, and a CR. A secret is taken exactly.
 * Files      Of a NAME_FILE the trailing CRs and LFs are dropped; empty, larger than 64 KiB, or
 *            with a NUL byte in it is an error.
 * Steps      [migrate] and each [migrate:NAME] of the INI file, in its order. [migrate] is a step
 *            only when one of the settings of a step (dir, command, ...) is set for it, in the
 *            file, the environment or by a flag, or when there is no [migrate:NAME]; where the file
 *            does not have it, it is the first. Environment and flags speak of [migrate] only.
 */
#ifndef MIGRINIT_CONF_CONFIG_H
#define MIGRINIT_CONF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/secret.h"
#include "conf/options.h"
#include "conf/remap.h"

enum auto_migrate { AUTO_MIGRATE_TRUE, AUTO_MIGRATE_FALSE, AUTO_MIGRATE_VERIFY, AUTO_MIGRATE_WAIT };
enum ahead { AHEAD_START, AHEAD_FAIL };
enum destructive { DESTRUCTIVE_OFF, DESTRUCTIVE_WARN, DESTRUCTIVE_REFUSE };
enum probe_mode { PROBE_AUTO, PROBE_ON, PROBE_OFF };
enum step_order { ORDER_AUTO, ORDER_APPLY, ORDER_REFUSE, ORDER_SKIP, ORDER_TRUE, ORDER_FALSE };
enum app_mode { APP_AUTO, APP_SUPERVISE, APP_EXEC };
enum signal_target { SIGNAL_TO_CHILD, SIGNAL_TO_GROUP };
enum migrate_as { MIGRATE_AS_START, MIGRATE_AS_APP };
enum capabilities { CAPABILITIES_KEEP, CAPABILITIES_DROP };
enum restart_when { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* How often an app may be started again in any window of time: what [app] restart_limit allows. */
enum { RESTART_LIMIT_MAX = 100 };

struct text_list {
    const char **items;
    size_t count;
};

/* Where a value came from. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_INI, ORIGIN_ENV, ORIGIN_ENV_FILE, ORIGIN_FLAG };

struct origin {
    enum origin_kind kind;
    const char
        *name; /* "/etc/migrinit.ini:12", "DATABASE_URL", "--wait-timeout"; NULL for a default */
};

/* [database], or the same keys in a step's own section for a second database. */
struct database_config {
    struct secret url;         /* DATABASE_URL as given */
    struct secret migrate_url; /* MIGRATE_DATABASE_URL, DIRECT_URL: wins over url */
    const char *host;
    int64_t port;
    const char *user;
    struct secret password;
    const char *name;
    bool create;
    const char *maintenance;     /* the database to connect to for CREATE DATABASE */
    struct text_list extensions; /* "vector?" with a question mark: a warning when not available */
    struct text_list schemas;
};

struct wait_config {
    bool enabled;
    int64_t timeout_ms; /* 0 = for ever */
    int64_t attempt_timeout_ms;
    int64_t auth_grace_ms;
    struct text_list targets; /* tcp://host:port, http://host:port/path, unix:///path */
};

/* [migrate] or [migrate:NAME] */
struct step {
    const char *name;    /* "" for [migrate] */
    const char *dir;     /* NULL: look in the well-known places, or none for a pure command step */
    const char *format;  /* NULL: detect */
    const char *command; /* NULL: native */
    const char
        *success; /* texts between '|', one of which its output must have; NULL: exit code 0 */
    struct text_list inputs; /* patterns: the command runs when these files have changed */
    int probe;               /* enum probe_mode: whether `dir` is asked before the command runs */
    const char *table;  /* bookkeeping table, "schema.table" or "table"; NULL: the tool's default */
    struct secret url;  /* another database for this step; unset: [database] */
    int64_t timeout_ms; /* for the whole step; 0 = none */
    int64_t table_lock_timeout_ms; /* of a statement in a transaction; 0 = none */
    int64_t statement_timeout_ms;  /* 0 = none */
    int64_t tries;                 /* how many times a transactional migration is begun */
    bool is_strict;                /* changed, missing and out-of-order migrations are errors */
    int ahead;        /* enum ahead: what a database that is newer than the image means */
    int out_of_order; /* enum step_order */
    int destructive;  /* enum destructive: what becomes of statements that lose data */
    bool baselines;   /* a schema that is not empty is taken for baseline_version */
    const char *baseline_version;
    struct text_list placeholders; /* name=value */
    bool replaces_placeholders;
    const char *placeholder_prefix;
    const char *placeholder_suffix;
    struct origin *origins; /* by option index; a default where the row is not PER_STEP */
};

struct app_config {
    int mode;      /* enum app_mode */
    int signal_to; /* enum signal_target */
    struct remap signals;
    int stop_signal;             /* 0: the one that came */
    int64_t stop_timeout_ms;     /* from the stop signal to KILL; 0 = none */
    int64_t leftover_timeout_ms; /* from TERM to KILL of what the app leaves; 0 = left alone */
    struct remap exit_codes;
    int restart;           /* enum restart_when */
    int64_t restart_limit; /* in a window; 0 = none */
    int64_t restart_window_ms;
    int parent_death_signal; /* 0: none */
    const char *user;        /* who the app is to be; NULL: who we are */
    int capabilities;        /* enum capabilities */
    bool no_new_privs;
    struct text_list env_file; /* NAME:path */
    bool keep_env;
    const char *ready; /* started, notify, tcp:, http:, file: */
};

struct health_config {
    struct text_list users; /* any, root, or user ids: who may ask */
    const char *listen;     /* PORT or ADDRESS:PORT; NULL: nowhere */
};

struct config {
    enum auto_migrate auto_migrate;
    bool fail_on_error;
    int64_t lock_timeout_ms;
    int migrate_as; /* enum migrate_as */
    struct database_config database;
    struct wait_config wait;
    struct app_config app;
    struct health_config health;
    struct {
        int format; /* enum log_format's values */
        int level;
        bool timestamps;
        int64_t progress_interval_ms; /* 0: never */
    } log;

    struct step *steps; /* in file order; at least the one of [migrate] */
    size_t step_count;
    struct origin *origins; /* by option index */

    /* The libpq variables that are set, PGHOST=db and the like: pg/conn fills gaps from them. */
    const char *const *environment;

    /* The whole environment, for migrations that name variables; secrets are among them. */
    const char *const *variables;
};

enum { CONFIG_FILE_MAX = 64 * 1024 };

/* One name and value from the command line, "--wait-timeout=5s" taken apart. The last one wins. */
struct flag_value {
    const char *name;  /* "wait-timeout" */
    const char *value; /* NULL for a boolean flag without a value */
};

/* The effects that merging needs come in as values and as one function. */
struct config_sources {
    const char *ini_file; /* path for messages; NULL when there is no INI file */
    struct slice ini_text;
    const char *const *environment; /* NAME=value, NULL-terminated */
    const struct flag_value *flags;
    size_t flag_count;
    /* Reads a *_FILE: a regular file of at most CONFIG_FILE_MAX bytes, as it is. */
    bool (*read_file)(const char *path, struct arena *arena, struct slice *bytes,
                      struct error *err);
};

bool config_build(const struct config_sources *sources, struct arena *arena, struct config *config,
                  struct error *err) MUST_CHECK;

/*
 * The value as it would be written, "" when unset. A secret is "****" as a whole, URLs too: what of
 * them may be shown is known after conf/dsn took them apart.
 */
const char *config_value_text(const struct config *config, const struct step *step,
                              const struct option *option, struct arena *arena);

/* Where the value came from; step may be NULL for settings that are not per step. */
struct origin config_origin(const struct config *config, const struct step *step,
                            const struct option *option);

#endif
