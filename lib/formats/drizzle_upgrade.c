/*
 * The table of three columns becomes that of Drizzle 1.0: each row gets the name of its folder, by
 * its time in whole seconds, or else by its hash. The statements are those of drizzle-orm
 * 1.0.0-rc.5 (up-migrations/pg.js, read and run), which does the same before it migrates.
 */
#include <string.h>

#include "formats/drizzle.h"

struct match {
    const struct migration *at_time; /* the first one of the row's second */
    size_t at_time_count;
    const struct migration *at_time_by_hash; /* the first one */
    const struct migration *by_hash;         /* the latest one, whatever its time */
};

static bool has_hash(const struct migration *migration, const struct applied *row)
{
    return row->checksum && strcmp(migration->checksum, row->checksum) == 0;
}

static const struct migration *match_find(const struct migration_list *migrations,
                                          const struct applied *row)
{
    int64_t time_ms = row->number / 1000 * 1000;
    struct match match = {0};

    for (size_t i = 0; i < migrations->count; i++) {
        const struct migration *migration = &migrations->items[i];
        bool is_same = has_hash(migration, row);

        if (is_same && (!match.by_hash || migration->number >= match.by_hash->number))
            match.by_hash = migration;
        if (row->number < 0 || migration->number != time_ms)
            continue;
        if (!match.at_time_count++)
            match.at_time = migration;
        if (is_same && !match.at_time_by_hash)
            match.at_time_by_hash = migration;
    }
    if (match.at_time_count > 1)
        return match.at_time_by_hash;
    return match.at_time ? match.at_time : match.by_hash;
}

static bool refuse_unmatched(const struct applied *row, struct error *err)
{
    error_set(err, ERR_CONFIG, "the row with id %s fits no migration of the folder", row->id);
    error_hint(err, "Drizzle 1.0, which names the rows of the table after their folders, refuses "
                    "it as well: bring back the folder of that migration");
    return false;
}

static void add_columns(struct buf *sql, struct sql_name table)
{
    buf_add_text(sql, "ALTER TABLE ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " ADD COLUMN IF NOT EXISTS name text, ADD COLUMN IF NOT EXISTS applied_at "
                      "timestamp with time zone DEFAULT now()");
}

static void add_name(struct buf *sql, struct sql_name table, const char *id, const char *name)
{
    buf_add_text(sql, ";\nUPDATE ");
    sql_quote_name(sql, table);
    buf_add_text(sql, " SET name = ");
    sql_quote_literal(sql, slice_from(name));
    buf_printf(sql, ", applied_at = NULL WHERE id = %s", id);
}

bool drizzle_upgrade(struct sql_name table, const struct migration_list *migrations,
                     struct applied_list *applied, struct arena *arena, struct slice *sql,
                     struct error *err)
{
    struct buf out = buf_in(arena);

    add_columns(&out, table);
    for (size_t i = 0; i < applied->count; i++) {
        struct applied *row = &applied->items[i];
        const struct migration *migration = match_find(migrations, row);

        if (!migration)
            return refuse_unmatched(row, err);
        add_name(&out, table, row->id, migration->id);
        row->id = migration->id;
    }
    *sql = buf_slice(&out);
    return true;
}
