#include "sql/loss.h"

/* What stands before, between and behind the names. */
struct row {
    const char *name;
    bool is_possible; /* no more than that */
    const char *before, *between, *behind;
};

static const struct row rows[LOSS_KIND_COUNT] = {
    [LOSS_DROP_TABLE] = {"drop-table", false, "DROP TABLE ", "",
                         ": the table and its rows are lost"},
    [LOSS_DROP_COLUMN] = {"drop-column", false, "ALTER TABLE ", " DROP COLUMN ",
                          ": what the column holds is lost"},
    [LOSS_DROP_ATTRIBUTE] = {"drop-attribute", false, "ALTER TYPE ", " DROP ATTRIBUTE ",
                             ": what columns of this type hold of it is lost"},
    [LOSS_DROP_SCHEMA] = {"drop-schema", false, "DROP SCHEMA ", "",
                          " CASCADE: all that is in the schema is lost"},
    [LOSS_DROP_DATABASE] = {"drop-database", false, "DROP DATABASE ", "",
                            ": all that is in the database is lost"},
    [LOSS_DROP_MATERIALIZED_VIEW] = {"drop-materialized-view", false, "DROP MATERIALIZED VIEW ", "",
                                     ": its rows are lost, until it is made and filled again"},
    [LOSS_DROP_OWNED] = {"drop-owned", false, "DROP OWNED BY ", "",
                         ": all that the role owns in this database is lost"},
    [LOSS_CASCADE] = {"cascade", false, "DROP ", "",
                      " CASCADE: what depends on it is dropped along, columns of tables as well"},
    [LOSS_TRUNCATE] = {"truncate", false, "TRUNCATE ", "", ": all rows are lost"},
    [LOSS_DELETE] = {"delete", false, "DELETE FROM ", "", " without WHERE: all rows are lost"},
    [LOSS_UPDATE] = {"update", false, "UPDATE ", "",
                     " without WHERE: what all rows hold is overwritten"},
    [LOSS_ALTER_TYPE] = {"alter-type", true, "ALTER TABLE ", " ALTER COLUMN ",
                         " TYPE: values may be rounded or cut without an error"},
};

const char *loss_kind_name(enum loss_kind kind)
{
    return rows[kind].name;
}

bool loss_is_certain(enum loss_kind kind)
{
    return !rows[kind].is_possible;
}

bool loss_kind_parse(struct slice name, enum loss_kind *kind)
{
    for (size_t i = 0; i < LOSS_KIND_COUNT; i++) {
        if (!slice_equal_text(name, rows[i].name))
            continue;
        *kind = (enum loss_kind)i;
        return true;
    }
    return false;
}

const char *loss_sentence(enum loss_kind kind, struct slice object, struct slice column,
                          struct arena *arena)
{
    const struct row *row = &rows[kind];

    return arena_printf(arena, "%s%.*s%s%.*s%s", row->before, SLICE_ARG(object), row->between,
                        SLICE_ARG(column), row->behind);
}
