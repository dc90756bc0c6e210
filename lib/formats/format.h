/*
 * formats/format - what every migration tool's format answers
 *
 * Why here   A format composes SQL and understands rows. It never sees a connection, a file
 *            descriptor, the clock or the settings, so a whole format is tested with a folder and
 *            a text file.
 * Add one    lib/formats/README.md, five steps
 */
#ifndef MIGRINIT_FORMATS_FORMAT_H
#define MIGRINIT_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/tree.h"
#include "formats/replacement.h"
#include "sql/quote.h"
#include "sql/rowset.h"
#include "sql/split.h"

struct migration {
    const char *id;      /* what the bookkeeping records and compares: a version, a name */
    const char *name;    /* for people: the file's name without ".sql" */
    const char *path;    /* below the folder, for "file:line:column" */
    const char *folder;  /* where there are several, its own; else NULL */
    struct slice source; /* the whole file */
    struct slice up;     /* the part of it that is run: a slice of source */
    const char *sent;    /* sent in place of up, of the very same length, so that places in the file
                          * stay true; NULL: up as it is */
    const struct replacement *replaced; /* of up, sent in place of either; NULL: none */
    bool is_transactional;
    bool takes_data;            /* of COPY ... FROM stdin, as the tool does */
    bool has_data;              /* and there is some: each statement goes by itself */
    const char *checksum;       /* NULL where the tool keeps none */
    const char *other_checksum; /* as good as the first one; NULL: none */
    int64_t number;             /* where the tool records one: a version, a time */
    const char *description;    /* where the tool records one; else NULL */
    bool is_unordered;          /* never too late: the tool applies it after later ones as well */
    bool is_repeatable;         /* run again whenever it was changed */
};

/* When a script runs that is no migration, but comes along with them. */
enum callback_event {
    CALLBACK_BEFORE_RUN,
    CALLBACK_BEFORE_EACH,        /* in the migration's own transaction */
    CALLBACK_AFTER_EACH,         /* in the same, before the record */
    CALLBACK_AFTER_VERSIONED,    /* before the first repeatable one, else at the end */
    CALLBACK_BEFORE_REPEATABLES, /* if any is pending */
    CALLBACK_AFTER_APPLIED,      /* if there was any */
    CALLBACK_AFTER_RUN,
    CALLBACK_AFTER_ERROR,
};

struct callback {
    enum callback_event event;
    struct migration script;
};

/* What becomes of a migration that is older than the newest applied one. */
enum out_of_order {
    OUT_OF_ORDER_AUTO, /* as the tool has it; what the tool passes over in silence is applied */
    OUT_OF_ORDER_APPLY,
    OUT_OF_ORDER_REFUSE,
    OUT_OF_ORDER_SKIP, /* and said so in the log */
};

/* What is known once the session stands, for texts that name it. */
struct format_session {
    struct slice database;
    struct slice user;
    struct slice schema; /* of the bookkeeping table */
    struct slice table;
    struct slice time; /* "2026-11-21 01:25:17" */
    struct slice directory;
};

/* What the operator decided, as values: a format sees neither the settings nor the environment. */
struct format_options {
    enum out_of_order out_of_order;
    const char *const *placeholders; /* "name=value" */
    size_t placeholder_count;
    bool keeps_placeholders; /* they are left as they are */
    const char *placeholder_prefix;
    const char *placeholder_suffix;
    const char *baseline_version;   /* of a schema that is not empty; NULL: such a one is refused */
    bool splits_statements;         /* x-multi-statement of golang-migrate */
    const char *const *environment; /* NAME=value, NULL-terminated; may be NULL */
    const struct format_session *session; /* NULL before there is a connection */
};

/* What an operator should know, one sentence a line of the log, and nothing that is wrong. */
struct remark {
    bool is_warning;
    const char *text;
};

struct remark_list {
    struct remark *items;
    size_t count;
    size_t capacity;
};

struct migration_list {
    struct migration *items; /* in the order in which the tool applies them */
    size_t count;
    size_t capacity;
    struct callback *callbacks; /* by event, then in the tool's order */
    size_t callback_count;
    size_t callback_capacity;
    struct remark_list remarks;           /* about the folder; list() adds them */
    const struct format_options *options; /* set before list(); NULL: all as the tool has it */
    bool awaits_session; /* list() must be asked again when options->session is known */
};

/* A row of the tool's bookkeeping. */
struct applied {
    const char *id;
    const char *checksum;    /* NULL where the tool keeps none */
    const char *applied_at;  /* as the server prints it; NULL where unknown */
    int64_t duration_ms;     /* -1 where unknown */
    int64_t number;          /* where the tool records one */
    bool is_failed;          /* the tool calls it failed, dirty or partly applied */
    bool is_mark;            /* no file's row, a baseline say: never unknown for want of a file */
    const char *kind;        /* where the tool records one: "SQL", "JDBC" */
    const char *description; /* where the tool records one */
};

struct applied_list {
    struct applied *items;
    size_t count;
    size_t capacity;
    bool is_outdated; /* the table is as an older release of the tool made it: see upgrade() */
};

/* How sure a format is that a folder is its own. */
enum detection {
    DETECT_NO = 0,
    DETECT_POSSIBLE = 40, /* nothing speaks against it: numbered .sql files without any marker */
    DETECT_LIKELY = 70,   /* names that this tool made usual, and that a rarer one has as well */
    DETECT_CERTAIN = 100, /* a marker that only this tool writes */
};

/* When a record is written. */
enum record_phase {
    RECORD_APPLIED,  /* in the migration's own transaction, after its statements */
    RECORD_STARTED,  /* without one: before the first statement */
    RECORD_FINISHED, /* ... after the last one */
    RECORD_FAILED,   /* ... after one that failed, while earlier ones stay */
};

struct record_request {
    enum record_phase phase;
    int64_t duration_ms; /* -1 in a transaction, where the server's own clock tells it */
    const char *failure; /* of RECORD_FAILED: the error in one line */
};

/* Where the bookkeeping is, for tools that compute the key of their lock from it. */
struct history_place {
    const char *database;
    struct sql_name table; /* with its schema */
};

enum { FORMAT_LOCK_KEYS_MAX = 2 };

enum format_feature {
    /* The tool has no mark for files that cannot run in a transaction (25001): such a file is
     * rolled back, and run again without one, statement by statement. */
    FORMAT_RERUNS_WITHOUT_TRANSACTION = 1,

    /* The tool compares each migration's number with the highest recorded one, and passes over in
     * silence what is not above it. */
    FORMAT_SKIPS_LOWER_NUMBERS = 2,

    /* The tool takes several folders: the tree has the entries of all of them. */
    FORMAT_TAKES_SEVERAL_FOLDERS = 4,
};

struct format {
    const char *name;          /* "dbmate" */
    unsigned features;         /* enum format_feature */
    const char *default_table; /* "schema_migrations", "migrinit.migrations" */

    /* What marks a file that cannot run in a transaction, for a hint; NULL where the tool has none.
     */
    const char *no_transaction_mark;

    /* Is this folder mine? *why says by what, for the log: "a line -- migrate:up in 001_a.sql". */
    enum detection (*detect)(const struct tree *tree, struct arena *arena, const char **why);

    /* All migrations of the folder, in order. Duplicate ids and files that cannot be run are
     * errors. */
    bool (*list)(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err);

    /* SELECT of the bookkeeping's rows; fails with 42P01 on the server when there is no table yet.
     */
    struct slice (*read_history)(struct sql_name table, struct arena *arena);

    /* Rows of read_history to values. Errors: ERR_CONFIG when the table is not of this tool. */
    bool (*applied)(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err);

    /* Statements that create the bookkeeping as the tool does; run under the lock, only when it is
     * absent. */
    struct slice (*create_history)(struct sql_name table, struct arena *arena);

    /*
     * The statement that records a migration, or an empty slice where the tool writes nothing in
     * this phase. RECORD_APPLIED and RECORD_FINISHED are never empty.
     */
    struct slice (*record)(struct sql_name table, const struct migration *migration,
                           const struct record_request *request, struct arena *arena);

    /* --- what only some tools have: NULL elsewhere --- */

    /*
     * Which migrations are pending, a slot for each, where that is not simply those whose id has no
     * row. Errors: ERR_CONFIG
     */
    bool (*pending)(const struct migration_list *migrations, const struct applied_list *applied,
                    bool *is_pending, struct error *err);

    /*
     * What the tool itself refuses to go on with: a failed or dirty state, a changed or a missing
     * file. Errors: ERR_MIGRATION, with what to do about it
     */
    bool (*check)(const struct migration_list *migrations, const struct applied_list *applied,
                  struct error *err);

    /* create_history() of a tool that does not begin in a schema with something in it, where the
     * operator has said which version that is. Rows may be there afterwards. */
    struct slice (*create_baselined)(struct sql_name table, const char *version,
                                     struct arena *arena);

    /*
     * Of a table that is_outdated: the statements that bring it up to date, run in a transaction of
     * their own before anything is applied, and the ids that its rows have then. Errors: ERR_CONFIG
     */
    bool (*upgrade)(struct sql_name table, const struct migration_list *migrations,
                    struct applied_list *applied, struct arena *arena, struct slice *sql,
                    struct error *err);

    /* The advisory locks that the tool itself takes; gives how many. Ours is taken as well. */
    size_t (*lock_keys)(const struct history_place *place, int64_t keys[FORMAT_LOCK_KEYS_MAX]);

    /* Of a tool with several layouts, each with a table of its own shape: the format of this one.
     * Asked through format_layout(). */
    const struct format *(*layout)(const struct tree *tree);
};

/* What goes to the server. */
struct slice migration_text(const struct migration *migration);

/* The statements of that text, with their places in the whole file. */
bool migration_split(const struct migration *migration, struct arena *arena,
                     struct sql_statements *out, struct error *err) MUST_CHECK;

/* The place in the whole file of a character, from 1, of one of those statements or of the text. */
size_t migration_offset(const struct migration *migration, struct slice text, size_t character);

/* Whether what was applied is what the file has now, as far as the tool keeps checksums. */
bool migration_fits(const struct migration *migration, const struct applied *applied);

/* A cell of a row as a text of its own; NULL for SQL NULL. */
const char *cell_text(struct slice cell, struct arena *arena);

struct migration *migration_list_add(struct migration_list *list, struct arena *arena,
                                     struct migration migration);
struct applied *applied_list_add(struct applied_list *list, struct arena *arena,
                                 struct applied applied);

/* Never NULL. */
const struct format_options *migration_list_options(const struct migration_list *list);

/* Whether the operator wants late migrations applied or skipped: what a tool's own rule says of
 * them no longer matters. */
bool migration_list_takes_late(const struct migration_list *list);

void remark_add(struct remark_list *list, struct arena *arena, struct remark remark);

/* Whether an entry is a file of SQL as most tools look for it: at the top, named "*.sql". */
bool tree_entry_is_top_sql(const struct tree_entry *entry);

/* ERR_CONFIG about one file; false, for `return file_refuse(...)`. */
bool file_refuse(const struct tree *tree, const struct tree_entry *entry, struct error *err,
                 const char *what, const char *hint);

/*
 * tree_entry_text() of a tool that sends a UTF-8 byte order mark as it is: the server would refuse
 * it (42601), so it is refused here, before anything is applied.
 */
bool file_read_unmarked(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                        struct error *err) MUST_CHECK;

/*
 * Refuse SQL that cannot be run, before the database is touched: what sql/split refuses, as
 * "folder/file:line:column" with the line. Every list() asks this of each migration.
 */
bool migration_check_sql(const struct tree *tree, const struct migration *migration,
                         struct error *err) MUST_CHECK;

/*
 * Append a statement that creates the table's schema when it is absent; nothing when no schema is
 * named. CREATE SCHEMA IF NOT EXISTS will not do: it asks for CREATE on the database even when the
 * schema exists (PostgreSQL 15, 42501).
 */
void history_add_schema(struct buf *out, struct sql_name table);

/* ERR_CONFIG, false: the table that was found is not of this tool. */
bool history_refuse(struct error *err, const char *tool, const char *found);

/* Whether a migration is done and to be recorded; most tools write nothing in the other phases. */
bool record_is_of_success(const struct record_request *request);

/* ERR_CONFIG that names both files when two migrations have the same id. */
bool migration_list_check_unique(const struct migration_list *list, const struct tree *tree,
                                 struct arena *arena, struct error *err) MUST_CHECK;

#endif
