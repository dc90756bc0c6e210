#include "conf/options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "conf/config.h"

#define IN_CONFIG(field) offsetof(struct config, field)
#define IN_STEP(field)   offsetof(struct step, field)

const struct option options[] = {
    {"migrate", "auto", OPTION_CHOICE, 0, IN_CONFIG(auto_migrate), "true",
     "Whether to migrate at start: true; false; verify (end unless the schema is current); wait "
     "(hold the app until someone else has migrated).",
     .choices = {"true", "false", "verify", "wait"}, .aliases = {"AUTO_MIGRATE"}},
    {"migrate", "fail_on_error", OPTION_BOOL, 0, IN_CONFIG(fail_on_error), "false",
     "Whether a failed migration ends the container; otherwise it is logged and the app starts.",
     .aliases = {"AUTO_MIGRATE_FAIL_ON_ERROR"}},
    {"migrate", "dir", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(dir), NULL,
     "Folder with the migrations, several with commas between for Flyway and dbmate; unset, the "
     "well-known places are looked in.",
     .aliases = {"FLYWAY_LOCATIONS", "DBMATE_MIGRATIONS_DIR", "GOOSE_MIGRATION_DIR"}},
    {"migrate", "format", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(format), NULL,
     "Migration tool that the folder was written for; unset, it is detected."},
    {"migrate", "command", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(command), NULL,
     "Shell line that migrates, in place of the native reader."},
    {"migrate", "inputs", OPTION_LIST, OPTION_PER_STEP, IN_STEP(inputs), NULL,
     "Files (patterns: *, ?, [a-z], **) of the command: it runs when they have changed since it "
     "last "
     "succeeded."},
    {"migrate", "probe", OPTION_CHOICE, OPTION_PER_STEP, IN_STEP(probe), "auto",
     "Whether dir is asked before the command runs: auto; on (whatever Alembic's env.py does "
     "besides); off.",
     .choices = {"auto", "on", "off"}},
    {"migrate", "success", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(success), NULL,
     "Text that the command's output must have, or several with | between: else it has failed."},
    {"migrate", "table", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(table), NULL,
     "Bookkeeping table, as table or schema.table; unset, the migration tool's own.",
     .aliases = {"FLYWAY_TABLE", "DBMATE_MIGRATIONS_TABLE", "GOOSE_TABLE"}},
    {"migrate", "url", OPTION_SECRET, OPTION_PER_STEP | OPTION_HAS_FILE | OPTION_NO_FLAG,
     IN_STEP(url), NULL, "Another database for this step."},
    {"migrate", "timeout", OPTION_DURATION, OPTION_PER_STEP, IN_STEP(timeout_ms), "0",
     "How long a whole step may take; 0 is for ever."},
    {"migrate", "statement_timeout", OPTION_DURATION, OPTION_PER_STEP,
     IN_STEP(statement_timeout_ms), "0",
     "How long one statement of a migration may take; 0 is for ever."},
    {"migrate", "table_lock_timeout", OPTION_DURATION, OPTION_PER_STEP,
     IN_STEP(table_lock_timeout_ms), "5s",
     "How long a statement in a transaction waits for a table that another session has locked; 0 "
     "is for ever."},
    {"migrate", "tries", OPTION_INT, OPTION_PER_STEP, IN_STEP(tries), "5",
     "How many times a transactional migration is begun that a lock, a deadlock or a lost "
     "connection has ended.",
     .min = 1, .max = 100},
    {"migrate", "strict", OPTION_BOOL, OPTION_PER_STEP, IN_STEP(is_strict), "false",
     "Whether changed, missing and out-of-order migrations are errors where the tool goes on."},
    {"migrate", "ahead", OPTION_CHOICE, OPTION_PER_STEP, IN_STEP(ahead), "start",
     "What a database that is newer than the image means: start (warned), or fail.",
     .choices = {"start", "fail"}},
    {"migrate", "out_of_order", OPTION_CHOICE, OPTION_PER_STEP, IN_STEP(out_of_order), "auto",
     "What becomes of a migration older than the newest applied one: apply (or true), refuse (or "
     "false), skip, or auto: as the tool has it, but what it would skip in silence is applied.",
     .choices = {"auto", "apply", "refuse", "skip", "true", "false"},
     .aliases = {"FLYWAY_OUT_OF_ORDER"}},
    {"migrate", "destructive", OPTION_CHOICE, OPTION_PER_STEP, IN_STEP(destructive), "off",
     "Whether statements that lose data are looked for in what is pending: off; warn; refuse "
     "(before anything is applied, unless the file permits it).",
     .choices = {"off", "warn", "refuse"}},
    {"migrate", "baseline_on_migrate", OPTION_BOOL, OPTION_PER_STEP, IN_STEP(baselines), "false",
     "Whether Flyway's history may begin in a schema that is not empty, at baseline_version.",
     .aliases = {"FLYWAY_BASELINE_ON_MIGRATE"}},
    {"migrate", "baseline_version", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(baseline_version), "1",
     "The version that such a schema is at.", .aliases = {"FLYWAY_BASELINE_VERSION"}},
    {"migrate", "placeholders", OPTION_LIST, OPTION_PER_STEP, IN_STEP(placeholders), NULL,
     "Values of placeholders, name=value; FLYWAY_PLACEHOLDERS_<NAME> may hold secrets and blanks."},
    {"migrate", "placeholder_replacement", OPTION_BOOL, OPTION_PER_STEP,
     IN_STEP(replaces_placeholders), "true", "Whether Flyway's placeholders are replaced.",
     .aliases = {"FLYWAY_PLACEHOLDER_REPLACEMENT"}},
    {"migrate", "placeholder_prefix", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(placeholder_prefix),
     "${", "What Flyway's placeholders begin with.", .aliases = {"FLYWAY_PLACEHOLDER_PREFIX"}},
    {"migrate", "placeholder_suffix", OPTION_TEXT, OPTION_PER_STEP, IN_STEP(placeholder_suffix),
     "}", "What Flyway's placeholders end with.", .aliases = {"FLYWAY_PLACEHOLDER_SUFFIX"}},
    {"migrate", "lock_timeout", OPTION_DURATION, 0, IN_CONFIG(lock_timeout_ms), "5m",
     "How long to wait while another replica migrates; 0 is for ever."},
    {"migrate", "as", OPTION_CHOICE, 0, IN_CONFIG(migrate_as), "start",
     "Who migrates: who migrinit was started as (start), or as the app will run (app).",
     .choices = {"start", "app"}},

    {"database", "url", OPTION_SECRET, OPTION_HAS_FILE | OPTION_NO_FLAG, IN_CONFIG(database.url),
     NULL, "Where the database is.", .aliases = {"DATABASE_URL"}},
    {"database", "migrate_url", OPTION_SECRET,
     OPTION_HAS_FILE | OPTION_NO_FLAG | OPTION_NOT_FOR_APP, IN_CONFIG(database.migrate_url), NULL,
     "Where the database is for migrations, when the app's own URL leads to a pooler.",
     .aliases = {"MIGRATE_DATABASE_URL", "DIRECT_URL"}},
    {"database", "host", OPTION_TEXT, 0, IN_CONFIG(database.host), NULL,
     "Host, or folder of the unix socket, where no URL says so.", .aliases = {"DB_HOST"}},
    {"database", "port", OPTION_INT, 0, IN_CONFIG(database.port), NULL,
     "Port, where no URL says so.", .aliases = {"DB_PORT"}, .min = 1, .max = 65535},
    {"database", "user", OPTION_TEXT, OPTION_HAS_FILE, IN_CONFIG(database.user), NULL,
     "Role to log in as, where no URL says so.", .aliases = {"POSTGRES_USER"}},
    {"database", "password", OPTION_SECRET, OPTION_HAS_FILE | OPTION_NO_FLAG,
     IN_CONFIG(database.password), NULL, "Password, where no URL says so.",
     .aliases = {"POSTGRES_PASSWORD"}},
    {"database", "name", OPTION_TEXT, OPTION_HAS_FILE, IN_CONFIG(database.name), NULL,
     "Database, where no URL says so.", .aliases = {"POSTGRES_DB"}},
    {"database", "create", OPTION_BOOL, 0, IN_CONFIG(database.create), "false",
     "Whether to create the database when it is missing."},
    {"database", "maintenance", OPTION_TEXT, 0, IN_CONFIG(database.maintenance), "postgres",
     "Database to connect to for creating the other."},
    {"database", "extensions", OPTION_LIST, 0, IN_CONFIG(database.extensions), NULL,
     "Extensions to create before migrating; \"vector?\" only warns when it cannot be had."},
    {"database", "schemas", OPTION_LIST, 0, IN_CONFIG(database.schemas), NULL,
     "Schemas to create before migrating."},

    {"wait", "enabled", OPTION_BOOL, 0, IN_CONFIG(wait.enabled), "true",
     "Whether to wait for the database where nothing is to be migrated."},
    {"wait", "timeout", OPTION_DURATION, 0, IN_CONFIG(wait.timeout_ms), "60s",
     "How long to wait for the database and the other targets; 0 is for ever."},
    {"wait", "attempt_timeout", OPTION_DURATION, 0, IN_CONFIG(wait.attempt_timeout_ms), "5s",
     "How long one try to connect may take; 0 is as long as the whole wait."},
    {"wait", "auth_grace", OPTION_DURATION, 0, IN_CONFIG(wait.auth_grace_ms), "15s",
     "How long refused credentials or a missing database are tried again, as at a first boot."},
    {"wait", "targets", OPTION_LIST, 0, IN_CONFIG(wait.targets), NULL,
     "What else to wait for: tcp://host:port, http://host:port/path, unix:///path."},

    {"app", "mode", OPTION_CHOICE, 0, IN_CONFIG(app.mode), "auto",
     "How the app runs: supervise, exec, or auto (supervise as PID 1, exec otherwise).",
     .choices = {"auto", "supervise", "exec"}},
    {"app", "signal_to", OPTION_CHOICE, 0, IN_CONFIG(app.signal_to), "child",
     "Who is sent the signals that come: the app alone (child), or its process group.",
     .choices = {"child", "group"}},
    {"app", "signals", OPTION_SIGNALS, 0, IN_CONFIG(app.signals), NULL,
     "Signals that reach the app as others: TERM:QUIT; HUP:0 drops it."},
    {"app", "stop_signal", OPTION_SIGNAL, 0, IN_CONFIG(app.stop_signal), NULL,
     "What TERM and INT reach the app as; unset, as themselves."},
    {"app", "stop_timeout", OPTION_DURATION, 0, IN_CONFIG(app.stop_timeout_ms), "0",
     "How long the app may take to stop after TERM or INT before it is killed, which a second of "
     "them does at once; 0 leaves killing to the container runtime."},
    {"app", "leftover_timeout", OPTION_DURATION, 0, IN_CONFIG(app.leftover_timeout_ms), "5s",
     "How long processes that the app has left behind may take to end, after TERM, before they "
     "are killed; 0 leaves them alone."},
    {"app", "exit_codes", OPTION_CODES, 0, IN_CONFIG(app.exit_codes), NULL,
     "Exit codes of the app that are told as others: 143:0."},
    {"app", "restart", OPTION_CHOICE, 0, IN_CONFIG(app.restart), "never",
     "When an app that has ended by itself is started again.",
     .choices = {"never", "on-failure", "always"}},
    {"app", "restart_limit", OPTION_INT, 0, IN_CONFIG(app.restart_limit), "5",
     "How many times in a window, before the container ends with the app's code; 0 is no limit.",
     .min = 0, .max = RESTART_LIMIT_MAX},
    {"app", "restart_window", OPTION_DURATION, 0, IN_CONFIG(app.restart_window_ms), "1m",
     "The window in which restarts are counted; 0 counts them all."},
    {"app", "parent_death_signal", OPTION_SIGNAL, 0, IN_CONFIG(app.parent_death_signal), NULL,
     "What a supervising migrinit is to be sent when its parent dies; for use without PID 1."},
    {"app", "user", OPTION_TEXT, 0, IN_CONFIG(app.user), NULL,
     "Who the app runs as: user, uid, user:group or uid:gid; unset, who migrinit was started as."},
    {"app", "capabilities", OPTION_CHOICE, 0, IN_CONFIG(app.capabilities), "keep",
     "The app's Linux capabilities: keep what there is, or drop them all.",
     .choices = {"keep", "drop"}},
    {"app", "no_new_privs", OPTION_BOOL, 0, IN_CONFIG(app.no_new_privs), "false",
     "Whether the app is barred from gaining privileges, as by a setuid program."},
    {"app", "env_file", OPTION_FILES, 0, IN_CONFIG(app.env_file), NULL,
     "Variables that the app is given from files."},
    {"app", "keep_env", OPTION_BOOL, 0, IN_CONFIG(app.keep_env), "false",
     "Whether the app sees the variables of migrinit too: its settings, the *_FILE names, the "
     "credentials of the migrations."},
    {"app", "ready", OPTION_TEXT, 0, IN_CONFIG(app.ready), "started",
     "When the app counts as ready: started; notify (it says READY=1 to NOTIFY_SOCKET); tcp:PORT; "
     "http://localhost:PORT/PATH; file:/PATH."},

    {"health", "users", OPTION_LIST, 0, IN_CONFIG(health.users), "any",
     "Who may ask with migrinit health: any, root, or user ids besides root."},
    {"health", "listen", OPTION_TEXT, 0, IN_CONFIG(health.listen), NULL,
     "Where to answer /startupz, /livez, /readyz and /metrics by HTTP: PORT or ADDRESS:PORT."},

    {"log", "format", OPTION_CHOICE, 0, IN_CONFIG(log.format), "text",
     "How lines are written: text or json.", .choices = {"text", "json"}},
    {"log", "level", OPTION_CHOICE, 0, IN_CONFIG(log.level), "info",
     "The least important lines that are written: error, warn, info or debug.",
     .choices = {"error", "warn", "info", "debug"}},
    {"log", "timestamps", OPTION_BOOL, 0, IN_CONFIG(log.timestamps), "false",
     "Whether text lines begin with the time."},
    {"log", "progress_interval", OPTION_DURATION, 0, IN_CONFIG(log.progress_interval_ms), "10s",
     "How often the log tells how far a long statement is, and after how long first; 0 is never."},
};

const size_t option_count = COUNT_OF(options);

const char *const option_other_names[] = {"MIGRINIT_CONFIG", "MIGRINIT_STATUS", NULL};

const char option_env_prefix[] = "MIGRINIT_";
const char option_file_suffix[] = "_FILE";

static bool is_other_name(struct slice name)
{
    for (size_t i = 0; option_other_names[i]; i++)
        if (slice_equal_text(name, option_other_names[i]))
            return true;
    return false;
}

const struct option *option_find(struct slice section, struct slice key)
{
    for (size_t i = 0; i < option_count; i++)
        if (slice_equal_text(section, options[i].section) && slice_equal_text(key, options[i].key))
            return &options[i];
    return NULL;
}

/* What a letter of a section or a key is in the environment, and in a flag. */
typedef char letter(char plain);

static char env_letter(char plain)
{
    return plain >= 'a' && plain <= 'z' ? (char)(plain - 'a' + 'A') : plain;
}

static char flag_letter(char plain)
{
    return plain == '_' ? '-' : plain;
}

static void spell(char *name, letter *turned)
{
    for (; *name; name++)
        *name = turned(*name);
}

void option_env_name(const struct option *option, char *out, size_t out_size)
{
    snprintf(out, out_size, "%s%s_%s", option_env_prefix, option->section, option->key);
    spell(out, env_letter);
}

void option_flag_name(const struct option *option, char *out, size_t out_size)
{
    snprintf(out, out_size, "%s_%s", option->section, option->key);
    spell(out, flag_letter);
}

static bool take(struct slice *name, const char *plain, letter *turned)
{
    size_t len = 0;

    while (len < name->len && plain[len] && name->ptr[len] == turned(plain[len]))
        len++;
    *name = slice_sub(*name, len, name->len);
    return plain[len] == '\0';
}

/* To print each row's name and compare that was half of a start with nothing to migrate. */
static bool is_spelled(const struct option *option, struct slice name, letter *turned)
{
    return take(&name, option->section, turned) && take(&name, "_", turned) &&
           take(&name, option->key, turned) && name.len == 0;
}

const struct option *option_of_flag(struct slice flag)
{
    for (size_t i = 0; i < option_count; i++)
        if (is_spelled(&options[i], flag, flag_letter))
            return &options[i];
    return NULL;
}

struct env_name {
    struct slice whole;
    struct slice own; /* behind MIGRINIT_; empty when it does not begin so */
};

static struct env_name env_name_of(struct slice whole)
{
    bool is_own = slice_starts_with(whole, option_env_prefix);

    return (struct env_name){
        whole, slice_sub(whole, is_own ? strlen(option_env_prefix) : whole.len, whole.len)};
}

/* Its first letter tells most apart without a call: every variable is held against every row. */
static bool is_alias(const char *alias, struct slice name)
{
    return name.len && name.ptr[0] == alias[0] && slice_equal_text(name, alias);
}

static bool has_env_name(const struct option *option, const struct env_name *name)
{
    if (name->own.len && is_spelled(option, name->own, env_letter))
        return true;
    for (size_t i = 0; i < OPTION_ALIASES_MAX && option->aliases[i]; i++)
        if (is_alias(option->aliases[i], name->whole))
            return true;
    return false;
}

const struct option *option_of_env(struct slice name, bool *is_file)
{
    bool has_suffix = slice_ends_with(name, option_file_suffix);
    struct env_name whole = env_name_of(name);
    struct env_name stem =
        env_name_of(slice_sub(name, 0, has_suffix ? name.len - strlen(option_file_suffix) : 0));

    for (size_t i = 0; i < option_count; i++) {
        *is_file = false;
        if (has_env_name(&options[i], &whole))
            return &options[i];
        *is_file =
            has_suffix && options[i].flags & OPTION_HAS_FILE && has_env_name(&options[i], &stem);
        if (*is_file)
            return &options[i];
    }
    return NULL;
}

/*
 * Kubernetes puts NAME_SERVICE_HOST, NAME_SERVICE_PORT[_PORTNAME], NAME_PORT and NAME_PORT_5432_TCP
 * [_PROTO|_PORT|_ADDR] into every container for each Service of its namespace
 * (pkg/kubelet/envvars, enableServiceLinks). No row ends or goes on like these but "_PORT".
 */
static bool is_service_link(const char *name)
{
    const char *port = strstr(name, "_PORT");

    if (strstr(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT"))
        return true;
    return port && (port[5] == '\0' || (port[5] == '_' && isdigit((unsigned char)port[6])));
}

bool option_env_is_unknown(const char *name)
{
    bool is_file;

    if (!slice_starts_with(slice_from(name), option_env_prefix) ||
        option_of_env(slice_from(name), &is_file))
        return false;
    return !is_other_name(slice_from(name)) && !is_service_link(name);
}

bool option_env_is_kept_from_app(struct slice name)
{
    bool is_file;
    const struct option *option = option_of_env(name, &is_file);

    if (!option)
        return is_other_name(name);
    return is_file || option->flags & OPTION_NOT_FOR_APP ||
           slice_starts_with(name, option_env_prefix);
}
