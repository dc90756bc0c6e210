#include "formats/evidence.h"

#include "base/buf.h"
#include "base/compiler.h"

static const struct {
    const char *schema; /* NULL: the one that the migrations go to */
    const char *table;
    const char *tool;
} known[] = {
    {NULL, "schema_migrations", "dbmate, golang-migrate, Rails or Ecto"},
    {NULL, "goose_db_version", "goose"},
    {NULL, "flyway_schema_history", "Flyway"},
    {NULL, "_sqlx_migrations", "sqlx"},
    {NULL, "__diesel_schema_migrations", "diesel"},
    {NULL, "_prisma_migrations", "Prisma"},
    {"drizzle", "__drizzle_migrations", "Drizzle"},
    {NULL, "pgmigrations", "node-pg-migrate"},
    {NULL, "refinery_schema_history", "refinery"},
    {NULL, "schema_version", "tern"},
    {"graphile_migrate", "migrations", "graphile-migrate"},
    {"atlas_schema_revisions", "atlas_schema_revisions", "Atlas"},
    {NULL, "atlas_schema_revisions", "Atlas"},
    {"migrinit", "migrations", "migrinit's plain format"},
    {NULL, "alembic_version", "Alembic"},
    {NULL, "django_migrations", "Django"},
    {NULL, "databasechangelog", "Liquibase"},
    {NULL, "knex_migrations", "Knex"},
    {NULL, "SequelizeMeta", "Sequelize"},
    {NULL, "typeorm_migrations", "TypeORM"},
    {"sqitch", "changes", "Sqitch"},
};

struct slice evidence_query(struct slice schema, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT n.nspname, c.relname, known.tool FROM (VALUES ");
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        buf_add_text(&sql, i ? ", (" : "(");
        sql_quote_literal(&sql, known[i].schema ? slice_from(known[i].schema) : schema);
        buf_add_text(&sql, ", ");
        sql_quote_literal(&sql, slice_from(known[i].table));
        buf_add_text(&sql, ", ");
        sql_quote_literal(&sql, slice_from(known[i].tool));
        buf_add_text(&sql, ")");
    }
    buf_add_text(&sql, ") AS known(schema, name, tool) "
                       "JOIN pg_catalog.pg_namespace AS n ON n.nspname = known.schema "
                       "JOIN pg_catalog.pg_class AS c "
                       "ON c.relnamespace = n.oid AND c.relname = known.name "
                       "WHERE c.relkind IN ('r', 'p') "
                       "AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2");
    return buf_slice(&sql);
}

bool evidence_get(const struct rowset *rows, size_t row, struct evidence *out)
{
    if (row >= rows->row_count)
        return false;
    *out = (struct evidence){
        .table = {.schema = rowset_get(rows, row, 0), .table = rowset_get(rows, row, 1)},
        .tool = rowset_get(rows, row, 2).ptr};
    return true;
}

struct slice evidence_rows_query(struct sql_name table, struct arena *arena)
{
    struct buf sql = buf_in(arena);

    buf_add_text(&sql, "SELECT EXISTS (SELECT FROM ");
    sql_quote_name(&sql, table);
    buf_add_text(&sql, ")");
    return buf_slice(&sql);
}
