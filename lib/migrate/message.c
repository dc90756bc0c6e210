#include "migrate/message.h"

#include "base/buf.h"
#include "base/text.h"
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

struct slice message_before(struct slice reset, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add(&sql, reset);
    buf_add_text(&sql, "BEGIN;\n");
    return buf_slice(&sql);
}

struct slice message_after(const struct format *format, struct sql_name table,
                           const struct migration *migration, struct arena *arena)
{
    const struct record_request applied = {.phase = RECORD_APPLIED, .duration_ms = -1};
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, behind_file);
    if (format)
        buf_add(&sql, format_record(format, table, migration, &applied, arena));
    buf_add_text(&sql, ";COMMIT");
    return buf_slice(&sql);
}

struct message message_compose(const struct format *format, struct sql_name table,
                               const struct migration *migration, struct slice reset,
                               struct arena *arena)
{
    struct slice before = message_before(reset, arena), file = migration_text(migration);
    struct slice after = message_after(format, table, migration, arena);
    struct message message = {.characters_before_file = text_character_count(before),
                              .statements_before_file = count_statements(before, arena),
                              .statements_after_file = count_statements(after, arena)};
    struct buf sql = buf_in(arena);

    buf_reserve(&sql, before.len + file.len + after.len);
    buf_add(&sql, before);
    buf_add(&sql, file);
    buf_add(&sql, after);
    message.sql = buf_slice(&sql);
    return message;
}
