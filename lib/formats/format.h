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
    const struct sql_statements *cut;   /* up as the tool cuts it; NULL: as sql/split does */
    size_t cut_done;                    /* how many of cut an earlier run has done */
    bool is_transactional;
    bool is_checkpoint;         /* does the work of all before it, for a first run */
    bool takes_data;            /* of COPY ... FROM stdin, as the tool does */
    bool has_data;              /* and there is some: each statement goes by itself */
    const char *note;           /* a warning for when it is run, or NULL */
    const char *checksum;       /* NULL where the tool keeps none */
    const char *other_checksum; /* as good as the first one; NULL: none */
    int64_t number;             /* where the tool records one: a version, a time */
    const char *description;    /* where the tool records one; else NULL */
    bool is_down;               /* made by format_down(): `up` is the part that undoes it */
    bool is_unordered;          /* never too late: the tool applies it after later ones as well */
    bool is_repeatable; /* run again whenever it was changed: it has no place in the order */
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

/* In the transaction of each migration; the others have one of their own, or none. */
static inline bool callback_is_around(const struct callback *callback)
{
    return callback->event == CALLBACK_BEFORE_EACH || callback->event == CALLBACK_AFTER_EACH;
}

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
    const char *event; /* its name in the log; NULL: "migration.remark" */
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
    const char *progress;    /* of one to be gone on with, as the tool records it; else NULL */
    bool is_mark;            /* no file's row, a baseline say: never unknown for want of a file */
    bool is_kept;            /* the tool never undoes it: a repeatable migration, say */
    const char *kind;        /* where the tool records one: "SQL", "JDBC" */
    const char *description; /* where the tool records one */
    bool is_repeatable;      /* as of struct migration */
};

struct applied_list {
    struct applied *items;
    size_t count;
    size_t capacity;
    const char *obstacle; /* the table is there, and empty: for what the tool would not begin */
    bool is_outdated;     /* the table is as an older release of the tool made it: see upgrade() */
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
    RECORD_APPLIED,   /* in the migration's own transaction, after its statements */
    RECORD_STARTED,   /* without one: before the first statement */
    RECORD_STATEMENT, /* ... after each but the last, for FORMAT_COUNTS_STATEMENTS only */
    RECORD_FINISHED,  /* ... after the last one */
    RECORD_FAILED,    /* ... after one that failed, while earlier ones stay */
    RECORD_RESOLVED,  /* never run here: people say that it is applied */
};

struct record_request {
    enum record_phase phase;
    int64_t duration_ms;    /* -1 in a transaction, where the server's own clock tells it */
    const char *failure;    /* of RECORD_FAILED: the error in one line */
    size_t statements_done; /* without a transaction: how many of those that were to be run */
};

/* What people say of one migration, after they have put the schema right by hand. */
enum resolve_verdict { RESOLVE_APPLIED, RESOLVE_ROLLED_BACK };

struct resolve_request {
    enum resolve_verdict verdict;
    struct sql_name table;
    const struct migration_list *migrations;
    const struct applied_list *applied;
    const char *id;
    const struct migration *migration; /* NULL: there is no such file */
    const struct applied *row;         /* NULL: it has no row of its own */
    bool is_pending;
    const struct migration *next; /* the first of the folder that is failed or pending, or NULL */
};

/* Everything up to `last` is applied. */
struct baseline_request {
    struct sql_name table;
    const struct migration_list *migrations;
    const struct migration *last; /* NULL: everything */
    const char *name; /* what was asked for, where that is no migration's; else NULL. Only for
                       * FORMAT_TAKES_ANY_BASELINE */
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

    /* Undoes in the reverse order of the rows; without it: of the files. */
    FORMAT_UNDOES_BY_ROW = 2,

    /* Never more than DETECT_POSSIBLE: not asked where another format is surer. Stands last among
     * the formats. */
    FORMAT_IS_LAST_RESORT = 4,

    /* Without a transaction, the record follows every statement: RECORD_STATEMENT. */
    FORMAT_COUNTS_STATEMENTS = 8,

    /* Every applied migration has a row: one that has none and is not pending was passed over. */
    FORMAT_RECORDS_EACH = 16,

    /* A checksum is of all files before as well: of several that differ, the first one tells. */
    FORMAT_SUMS_ARE_RUNNING = 32,

    /* Its mark lies in folders of other tools, too: whoever else claims the folder is a rival. */
    FORMAT_SHARES_MARK = 64,

    /* The default table goes to the schema that the URL's search_path names, if it names one. */
    FORMAT_FOLLOWS_SEARCH_PATH = 128,
    /* The first row says of all before it that they are applied as well. */
    FORMAT_BEGINS_ANYWHERE = 256,
    /* A baseline may be of a version that has no file. */
    FORMAT_TAKES_ANY_BASELINE = 512,

    /* The tool compares each migration's number with the highest recorded one, and passes over in
     * silence what is not above it. */
    FORMAT_SKIPS_LOWER_NUMBERS = 1024,

    /* The tool takes several folders: the tree has the entries of all of them. */
    FORMAT_TAKES_SEVERAL_FOLDERS = 2048,
};

struct format {
    const char *name;          /* "dbmate" */
    unsigned features;         /* enum format_feature */
    const char *default_table; /* "schema_migrations", "migrinit.migrations" */

    /* What marks a file that cannot run in a transaction, for a hint; NULL where the tool has none.
     */
    const char *no_transaction_mark;

    /* Is this folder mine? *why says by what, for the log: "atlas.sum". NULL: a mark alone tells. */
    enum detection (*detect)(const struct tree *tree, struct arena *arena, const char **why);

    /*
     * The mark in a line that only this tool writes, as the log shows it: "-- migrate:up"; else NULL.
     * Asked of the lines with "--" in them of *.sql files at the top, and one is enough to be
     * DETECT_CERTAIN. `text` is the line with all that follows it in the file.
     */
    const char *(*mark)(struct slice line, struct slice text, struct arena *arena);

    /* All migrations of the folder, in order. Duplicate ids and files that cannot be run are
     * errors. */
    bool (*list)(const struct tree *tree, struct arena *arena, struct migration_list *out,
                 struct error *err);

    /*
     * --- the bookkeeping: of each a text with places, or else a function; asked for through
     * formats/bookkeeping ---
     */

    /* SELECT of the rows. */
    const char *history_query;
    struct slice (*read_history)(struct sql_name table, struct arena *arena);

    /* What its columns are, where a row is one migration and no more is to be known: "id, checksum,
     * applied_at, duration_ms" or some of these. */
    const char *history_cells;
    bool (*applied)(const struct rowset *rows, struct arena *arena, struct applied_list *out,
                    struct error *err);

    /* Creates the table as the tool does; the schema, where one is named, comes before the text. */
    const char *history_table;
    struct slice (*create_history)(struct sql_name table, struct arena *arena);

    /*
     * Records a migration. The text is for a migration that is done (record_is_of_success); the
     * function gives an empty slice where the tool writes nothing in this phase. RECORD_APPLIED,
     * RECORD_FINISHED and RECORD_RESOLVED are never empty.
     */
    const char *history_insert;
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

    /* As strcmp(): which of two ids comes first in the tool's order. NULL: that of
     * migration_order(). */
    int (*compare_ids)(const char *left, const char *right);

    /* What is left of a migration that is pending and has a row: its first statements are done. */
    const struct migration *(*rest)(const struct migration *migration, const struct applied *row,
                                    struct arena *arena);

    /* In place of bookkeeping_begin(), where the operator has said which
     * version a schema with something in it is at. Rows may be there afterwards. */
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

    /* A statement that fails where the tool would not begin by itself: in a schema that has tables
     * already. Runs before the table is made, but not for a baseline. */
    struct slice (*emptiness_check)(struct sql_name table, struct arena *arena);

    /*
     * For `resolve` and `baseline`, which change the bookkeeping alone (formats/resolve). A row is
     * written with RECORD_RESOLVED, and deleted by id_column, the column that holds the id. A tool
     * that keeps one row, with the newest version, has record_none in place of id_column: the
     * statement for "none applied". resolve() and baseline() are of tools whose own verb does
     * otherwise.
     */
    const char *id_column;
    struct slice (*record_none)(struct sql_name table, struct arena *arena);
    bool (*resolve)(const struct resolve_request *request, struct arena *arena, struct slice *sql,
                    struct error *err);
    bool (*baseline)(const struct baseline_request *request, struct arena *arena, struct slice *sql,
                     struct error *err);

    /* Of a tool with several layouts, each with a table of its own shape: the format of this one.
     * Asked through format_layout(). */
    const struct format *(*layout)(const struct tree *tree);

    /* --- undoing: NULL where the tool has no down scripts --- */

    /*
     * Turn a migration into what undoes it: its down part in place of its up part. Asked through
     * format_down(), and only of what is to be undone: a wrong down script stops no start. Errors:
     * ERR_CONFIG where there is none, or where the tool refuses it
     */
    bool (*down)(const struct tree *tree, const struct format_options *options, struct arena *arena,
                 struct migration *migration, struct error *err);

    /* What takes back the record; as `record`. NULL: the rows whose id_column is the id go. */
    struct slice (*record_down)(struct sql_name table, const struct migration *migration,
                                const struct record_request *request, struct arena *arena);

    /* As `check`, of what the tool refuses before it undoes anything. */
    bool (*check_down)(const struct migration_list *migrations, const struct applied_list *applied,
                       struct error *err);

    /* As no_transaction_mark, where the down part has another one. */
    const char *no_transaction_mark_down;
};

/* What goes to the server. */
struct slice migration_text(const struct migration *migration);

/* The statements of that text as the server cuts it, with their places in the whole file. */
bool migration_split_text(const struct migration *migration, struct arena *arena,
                          struct sql_statements *out, struct error *err) MUST_CHECK;

/* The statements that are to be run one by one: as the tool cuts them, without those done. */
bool migration_split(const struct migration *migration, struct arena *arena,
                     struct sql_statements *out, struct error *err) MUST_CHECK;

/*
 * By leading number, of any length, then by name; what has no number comes last. The order of most
 * tools.
 */
int migration_order(struct slice left, struct slice right);

/* The place in the whole file of a character, from 1, of the text or of one of those statements. */
size_t migration_offset(const struct migration *migration, size_t character);
size_t migration_statement_offset(const struct migration *migration,
                                  const struct sql_statement *statement, size_t character);

/* Whether what was applied is what the file has now, as far as the tool keeps checksums. */
bool migration_fits(const struct migration *migration, const struct applied *applied);

/* A cell of a row as a text of its own; NULL for SQL NULL. */
const char *cell_text(struct slice cell, struct arena *arena);

struct migration *migration_list_add(struct migration_list *list, struct arena *arena,
                                     struct migration migration);
struct applied *applied_list_add(struct applied_list *list, struct arena *arena,
                                 struct applied applied);

/* The first one with this id, or NULL. */
const struct migration *migration_list_find(const struct migration_list *list, const char *id);

/* Never NULL. */
const struct format_options *migration_list_options(const struct migration_list *list);

/* Whether the operator wants late migrations applied or skipped: what a tool's own rule says of
 * them no longer matters. */
bool migration_list_takes_late(const struct migration_list *list);

void remark_add(struct remark_list *list, struct arena *arena, struct remark remark);

/* Whether an entry is a file of SQL as most tools look for it: at the top, named "*.sql". */
bool tree_entry_is_top_sql(const struct tree_entry *entry);

/* "1_a.down.sql" beside "1_a.sql": of plain alone, and no migration of its own. */
bool tree_entry_is_plain_down(const struct tree *tree, const struct tree_entry *entry,
                              struct arena *arena);

/* ERR_CONFIG about one file; false, for `return file_refuse(...)`. */
bool file_refuse(const struct tree *tree, const struct tree_entry *entry, struct error *err,
                 const char *what, const char *hint);

/*
 * tree_entry_text() of a tool that sends a UTF-8 byte order mark as it is: the server would refuse
 * it (42601), so it is refused here, before anything is applied.
 */
bool file_read_unmarked(const struct tree *tree, const struct tree_entry *entry, struct slice *text,
                        struct error *err) MUST_CHECK;

/* Refuse a text that is not UTF-8, as "folder/path:line:column", of tools that do. */
bool file_check_utf8(const struct tree *tree, const char *path, struct slice text, const char *hint,
                     struct error *err) MUST_CHECK;

/*
 * Refuse SQL that cannot be run, before the database is touched: what sql/split refuses, as
 * "folder/file:line:column" with the line. Every list() asks this of each migration.
 */
bool migration_check_sql(const struct tree *tree, const struct migration *migration,
                         struct error *err) MUST_CHECK;

/* Make "line:column", which `where` has, "folder/file:line:column". False, for `return`. */
bool migration_place(const struct tree *tree, const struct migration *migration, struct error *err);

/* --- undoing --- */

/*
 * What undoes this migration, as a migration: run like any other, and its record taken back.
 * Errors: ERR_CONFIG, also where the down part cannot be split into statements
 */
bool format_down(const struct format *format, const struct tree *tree,
                 const struct format_options *options, const struct migration *migration,
                 struct arena *arena, struct migration *out, struct error *err) MUST_CHECK;

/* For `down`: a file of its own undoes the migration; entry NULL: there is none, ERR_CONFIG. */
bool down_take_file(const struct tree *tree, const struct tree_entry *entry, const char *wanted,
                    struct migration *migration, struct error *err) MUST_CHECK;

/* ERR_CONFIG: there is no down script; wanted says where one is looked for. */
bool down_refuse_missing(const struct tree *tree, const struct migration *migration,
                         const char *wanted, struct error *err);

/* ERR_CONFIG that names both files when two migrations have the same id. */
bool migration_list_check_unique(const struct migration_list *list, const struct tree *tree,
                                 struct arena *arena, struct error *err) MUST_CHECK;

#endif
