#include "formats/atlas_record.h"

#include "base/digest.h"

enum { TYPE_BASELINE = 1, TYPE_RESOLVED = 4 };

const char **atlas_partial_hashes(const struct migration *migration, size_t count,
                                  struct arena *arena)
{
    const char **hashes = arena_array(arena, count + 1, sizeof *hashes);
    struct digest_sum *sum = digest_sum_new();
    char hash[DIGEST_SHA256_BASE64 + 1];

    for (size_t i = 0; i < count && i < migration->cut->count; i++) {
        digest_sum_add(sum, migration->cut->items[i].text);
        digest_sum_base64(sum, hash);
        hashes[i] = arena_printf(arena, "h1:%s", hash);
    }
    digest_sum_free(sum);
    return hashes;
}

static void add_partial_hashes(struct buf *sql, const struct migration *migration, size_t count)
{
    const char **hashes = atlas_partial_hashes(migration, count, sql->arena);

    buf_add_text(sql, count ? "'" : "'null");
    for (size_t i = 0; i < count; i++)
        buf_printf(sql, "%s\"%s\"", i ? ", " : "[", hashes[i]);
    buf_add_text(sql, count ? "]'" : "'");
}

static void add_insert(struct buf *sql, struct sql_name table, const char *alias)
{
    buf_add_text(sql, "INSERT INTO ");
    sql_quote_name(sql, table);
    buf_printf(sql,
               "%s (version, description, type, applied, total, executed_at, execution_time, "
               "error, error_stmt, hash, partial_hashes, operator_version) VALUES (",
               alias);
}

static void add_operator(struct buf *sql)
{
    buf_add_text(sql, ", 'migrinit " MIGRINIT_VERSION "')");
}

static bool is_whole(const struct record_request *request)
{
    return request->phase == RECORD_APPLIED || request->phase == RECORD_FINISHED;
}

static size_t count_done(const struct migration *migration, const struct record_request *request)
{
    return is_whole(request) ? migration->cut->count
                             : migration->cut_done + request->statements_done;
}

static void add_times(struct buf *sql, const struct record_request *request)
{
    if (request->phase == RECORD_APPLIED)
        buf_add_text(sql, "pg_catalog.transaction_timestamp(), (extract(epoch FROM "
                          "pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) * "
                          "1000000000)::bigint, ");
    else
        buf_printf(sql, "pg_catalog.clock_timestamp(), %lld, ",
                   (long long)request->duration_ms * 1000000);
}

static void add_failure(struct buf *sql, const struct migration *migration, size_t done,
                        const struct record_request *request)
{
    bool is_failure = request->phase == RECORD_FAILED;
    struct slice statement = SLICE("");

    if (is_failure && done < migration->cut->count)
        statement = migration->cut->items[done].text;
    sql_quote_literal(sql, slice_from(is_failure ? request->failure : ""));
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, statement);
    buf_add_text(sql, ", ");
}

static void add_name(struct buf *sql, const struct migration *migration)
{
    sql_quote_literal(sql, slice_from(migration->id));
    buf_add_text(sql, ", ");
    sql_quote_literal(sql, slice_from(migration->description));
}

static void add_values(struct buf *sql, const struct migration *migration,
                       const struct record_request *request)
{
    size_t done = count_done(migration, request);

    add_name(sql, migration);
    buf_printf(sql, ", 2, %zu, %zu, ", done, migration->cut->count);
    add_times(sql, request);
    add_failure(sql, migration, done, request);
    sql_quote_literal(sql, slice_from(migration->checksum));
    buf_add_text(sql, ", ");
    add_partial_hashes(sql, migration, is_whole(request) ? 0 : done);
    add_operator(sql);
}

/* --- what was not run --- */

static void add_unrun(struct buf *sql, struct sql_name table, const struct migration *migration,
                      int type, const char *hash)
{
    add_insert(sql, table, " AS revision");
    add_name(sql, migration);
    buf_printf(sql, ", %d, 0, 0, pg_catalog.clock_timestamp(), 0, '', '', ", type);
    sql_quote_literal(sql, slice_from(hash));
    buf_add_text(sql, ", 'null'");
    add_operator(sql);
}

static struct slice record_resolved(struct sql_name table, const struct migration *migration,
                                    struct arena *arena)
{
    struct buf sql = buf_in(arena);

    add_unrun(&sql, table, migration, TYPE_RESOLVED, migration->checksum);
    buf_printf(&sql,
               " ON CONFLICT (version) DO UPDATE SET type = revision.type | %d, applied = "
               "revision.total, error = '', error_stmt = '', hash = excluded.hash, partial_hashes "
               "= 'null', operator_version = excluded.operator_version",
               TYPE_RESOLVED);
    return buf_slice(&sql);
}

static const struct migration *newest(const struct migration_list *migrations)
{
    const struct migration *found = NULL;

    for (size_t i = 0; i < migrations->count; i++)
        if (!migrations->items[i].is_checkpoint)
            found = &migrations->items[i];
    return found;
}

bool atlas_baseline(const struct baseline_request *request, struct arena *arena, struct slice *sql,
                    struct error *err)
{
    const struct migration *last = request->last ? request->last : newest(request->migrations);
    struct buf text = buf_in(arena);

    if (!last)
        return error_set(err, ERR_MIGRATION, "there is no migration to record");
    if (last->is_checkpoint) {
        error_set(err, ERR_MIGRATION, "%s is a checkpoint file", last->name);
        error_hint(err, "a baseline is one of the migrations that the checkpoint stands for");
        return false;
    }
    add_unrun(&text, request->table, last, TYPE_BASELINE, "");
    *sql = buf_slice(&text);
    return true;
}

/* --- what is run --- */

struct slice atlas_record(struct sql_name table, const struct migration *migration,
                          const struct record_request *request, struct arena *arena)
{
    static const char *const renewed[] = {"applied",        "total",           "execution_time",
                                          "error",          "error_stmt",      "hash",
                                          "partial_hashes", "operator_version"};
    struct buf sql = buf_in(arena);

    if (request->phase == RECORD_RESOLVED)
        return record_resolved(table, migration, arena);
    add_insert(&sql, table, "");
    add_values(&sql, migration, request);
    buf_add_text(&sql, " ON CONFLICT (version) DO UPDATE SET ");
    for (size_t i = 0; i < COUNT_OF(renewed); i++)
        buf_printf(&sql, "%s%s = excluded.%s", i ? ", " : "", renewed[i], renewed[i]);
    return buf_slice(&sql);
}
