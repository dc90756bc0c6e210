#include "migrate/message.h"

#include "base/buf.h"
#include "base/text.h"
#include "formats/bookkeeping.h"
#include "sql/split.h"

/*
 * The file may have changed the role, and the record is ours to write; the line end closes a
 * comment that the file's last line may be.
 */
static const char *const behind_file = "\n;RESET SESSION AUTHORIZATION;RESET ROLE;";

static size_t count_statements(struct slice sql, struct arena *arena)
{
    struct sql_statements statements = {0};
    struct error ignored;

    return sql_split(sql, arena, &statements, &ignored) ? statements.count : 0;
}

struct slice message_after(const struct format *format, struct sql_name table,
                           const struct migration *migration, const struct message_frame *frame,
                           struct arena *arena)
{
    const struct record_request applied = {.phase = RECORD_APPLIED, .duration_ms = -1};
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, behind_file);
    if (format)
        buf_add(&sql, bookkeeping_record(format, table, migration, &applied, arena));
    buf_add_text(&sql, ";");
    buf_add(&sql, frame->after);
    return buf_slice(&sql);
}

struct message message_compose(const struct format *format, struct sql_name table,
                               const struct migration *migration, const struct message_frame *frame,
                               struct arena *arena)
{
    struct slice before = frame->before, file = migration_text(migration);
    struct slice after = message_after(format, table, migration, frame, arena);
    struct message message = {.characters_before_file = text_character_count(before),
                              .statements_before_file = frame->before_count,
                              .statements_after_file = count_statements(after, arena)};
    struct buf sql = buf_in(arena);

    buf_reserve(&sql, before.len + file.len + after.len);
    buf_add(&sql, before);
    buf_add(&sql, file);
    buf_add(&sql, after);
    message.sql = buf_slice(&sql);
    return message;
}

bool message_is_cut(const struct migration *migration, struct arena *arena)
{
    struct sql_statements statements = {0};
    struct error ignored;

    if (!migration_split_text(migration, arena, &statements, &ignored))
        return true;
    for (size_t i = 0; i < statements.count; i++)
        if (sql_ends_transaction(statements.items[i].text))
            return true;
    return false;
}
