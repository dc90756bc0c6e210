#include "formats/resolve.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "formats/bookkeeping.h"

static const struct record_request resolved = {.phase = RECORD_RESOLVED};

/* ---- what can be said ---- */

bool resolve_check_applied(const struct resolve_request *request, struct error *err)
{
    if (!request->migration) {
        error_set(err, ERR_MIGRATION, "%s has no file here", request->id);
        error_hint(err, "only what the folder has can be recorded as applied");
        return false;
    }
    if (request->is_pending || (request->row && request->row->is_failed))
        return true;
    error_set(err, ERR_MIGRATION, "%s is recorded as applied already", request->id);
    error_hint(err, "nothing is to be done");
    return false;
}

bool resolve_check_rolled_back(const struct resolve_request *request, struct error *err)
{
    if (request->row)
        return true;
    if (request->is_pending) {
        error_set(err, ERR_MIGRATION, "%s is not recorded at all", request->id);
        error_hint(err, "nothing is to be done: the next `migrinit migrate` runs it");
        return false;
    }
    error_set(err, ERR_MIGRATION, "%s has no row of its own", request->id);
    if (request->applied->count)
        error_hint(err, "a later row stands for it: roll back %s first",
                   request->applied->items[request->applied->count - 1].id);
    return false;
}

/* ---- tools that keep a row for each migration ---- */

static struct slice delete_row(const struct format *format, const struct resolve_request *request,
                               struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "DELETE FROM ");
    sql_quote_name(&sql, request->table);
    buf_printf(&sql, " WHERE %s = ", format->id_column);
    sql_quote_literal(&sql, slice_from(request->id));
    return buf_slice(&sql);
}

/* ---- tools that keep the newest version alone: a neighbour of it can be told, nothing else ----
 */

/* Elsewhere only a first row does so. */
static bool speaks_for_earlier(const struct format *format, const struct resolve_request *request)
{
    return format->record_none ||
           ((format->features & FORMAT_BEGINS_ANYWHERE) && !request->applied->count);
}

static bool check_next(const struct resolve_request *request, struct error *err)
{
    if (request->next == request->migration)
        return true;
    error_set(err, ERR_MIGRATION,
              "%s is not the next one: its row would say that all before it are applied as well",
              request->id);
    error_hint(err, "begin with %s", request->next->id);
    return false;
}

static bool check_versions_between(const struct resolve_request *request, struct error *err)
{
    if (request->migration || request->row->is_failed)
        return true;
    error_set(err, ERR_MIGRATION, "%s has no file here, and what comes before it is not known",
              request->id);
    error_hint(err, "run it in the image that has the file");
    return false;
}

static const struct migration *migration_before(const struct resolve_request *request)
{
    const struct migration *before = NULL;

    for (size_t i = 0; i < request->migrations->count; i++)
        if (request->migrations->items[i].number < request->row->number)
            before = &request->migrations->items[i];
    return before;
}

/* ---- both ---- */

static bool compose_applied(const struct format *format, const struct resolve_request *request,
                            struct arena *arena, struct slice *sql, struct error *err)
{
    if (!resolve_check_applied(request, err) ||
        (speaks_for_earlier(format, request) && !check_next(request, err)))
        return false;
    *sql = bookkeeping_record(format, request->table, request->migration, &resolved, arena);
    return true;
}

static bool compose_rolled_back(const struct format *format, const struct resolve_request *request,
                                struct arena *arena, struct slice *sql, struct error *err)
{
    const struct migration *before;

    if (!resolve_check_rolled_back(request, err))
        return false;
    if (!format->record_none) {
        *sql = delete_row(format, request, arena);
        return true;
    }
    if (!check_versions_between(request, err))
        return false;
    before = migration_before(request);
    *sql = before ? bookkeeping_record(format, request->table, before, &resolved, arena)
                  : format->record_none(request->table, arena);
    return true;
}

bool resolve_compose(const struct format *format, const struct resolve_request *request,
                     struct arena *arena, struct slice *sql, struct error *err)
{
    if (format->resolve)
        return format->resolve(request, arena, sql, err);
    return request->verdict == RESOLVE_APPLIED
               ? compose_applied(format, request, arena, sql, err)
               : compose_rolled_back(format, request, arena, sql, err);
}

bool baseline_compose(const struct format *format, const struct baseline_request *request,
                      struct arena *arena, struct slice *sql, struct error *err)
{
    const struct migration_list *migrations = request->migrations;
    const struct migration *last = request->last;
    struct buf text = buf_in(arena);

    if (format->baseline)
        return format->baseline(request, arena, sql, err);
    if (!migrations->count)
        return error_set(err, ERR_MIGRATION, "there is no migration to record");
    last = last ? last : &migrations->items[migrations->count - 1];
    for (const struct migration *each = migrations->items; each <= last; each++) {
        if (format->record_none && each < last)
            continue; /* its row would be replaced by the next */
        if (text.len)
            buf_add_text(&text, ";\n");
        buf_add(&text, bookkeeping_record(format, request->table, each, &resolved, arena));
    }
    *sql = buf_slice(&text);
    return true;
}

/* ---- hints ---- */

static bool is_plain_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:@%+=,";

    return word[0] && !word[strspn(word, plain)];
}

/* 'it'\''s' */
static void quote_for_shell(const char *word, char *out, size_t size)
{
    size_t len = 0;

    out[len++] = '\'';
    for (; *word && len + 6 < size; word++) {
        if (*word == '\'')
            len += (size_t)snprintf(out + len, size - len, "'\\''");
        else
            out[len++] = *word;
    }
    out[len++] = '\'';
    out[len] = '\0';
}

void resolve_word(const char *id, char *out, size_t out_size)
{
    char printable[128];

    text_sanitize(slice_from(id), printable, sizeof printable);
    if (is_plain_word(printable))
        snprintf(out, out_size, "%s", printable);
    else
        quote_for_shell(printable, out, out_size);
}

void resolve_hint(struct error *err, const char *intro, const char *id, bool has_file)
{
    char word[160];

    resolve_word(id, word, sizeof word);
    if (has_file)
        error_hint(err,
                   "%s; then run `migrinit resolve --rolled-back %s` (nothing of it is there: it "
                   "is run again), or `migrinit resolve --applied %s` (all of it is there)",
                   intro, word, word);
    else
        error_hint(err,
                   "%s; then run `migrinit resolve --rolled-back %s` (nothing of it is there; that "
                   "all of it is there can be said where its file is)",
                   intro, word);
}
