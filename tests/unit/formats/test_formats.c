#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "formats/bookkeeping.h"
#include "formats/directive.h"
#include "formats/goose_envsub.h"
#include "formats/registry.h"
#include "formats/version.h"

static void version_is_compared_by_value(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"1", "2", -1},
        {"9", "10", -1},
        {"010", "9", 1},
        {"001", "1", 0},
        {"", "0", 0},
        {"000", "0", 0},
        {"20240101000000", "20240101000001", -1},
        {"100000000000000000000000000", "99999999999999999999999999", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int order = version_compare(slice_from(cases[i].a), slice_from(cases[i].b));

        assert_int_equal((order > 0) - (order < 0), cases[i].order);
    }
    assert_true(slice_equal_text(version_digits(SLICE("0012_a3")), "0012"));
    assert_int_equal(version_digits(SLICE("V1")).len, 0);
}

static void directive_grammar(void **state)
{
    static const struct {
        const char *line, *rest; /* rest NULL: no directive */
    } cases[] = {
        {"-- migrate:up", ""},      {"--migrate:up", ""},
        {"--\t migrate:up \t", ""}, {"-- migrate:up a:b  c", "a:b  c"},
        {" -- migrate:up", NULL},   {"-- migrate:upper", NULL},
        {"-- Migrate:up", NULL},    {"- migrate:up", NULL},
        {"---- migrate:up", NULL},  {"", NULL},
        {"-- migrate:", NULL},      {"--", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice rest = SLICE("untouched");
        bool is_match = directive_match(slice_from(cases[i].line), "migrate:up", &rest);

        assert_int_equal(is_match, cases[i].rest != NULL);
        assert_true(slice_equal_text(rest, cases[i].rest ? cases[i].rest : "untouched"));
    }
}

static void directive_options(void **state)
{
    static const struct {
        const char *options, *value;
    } cases[] = {
        {"transaction:false", "false"},
        {"a:b transaction:false c:d", "false"},
        {"transaction:false,x", "false,x"},
        {"transaction:true transaction:false", "false"},
        {"transaction:false:x", ""},
        {"transaction", ""},
        {"transaction:", ""},
        {"Transaction:false", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_true(slice_equal_text(directive_option(slice_from(cases[i].options), "transaction"),
                                     cases[i].value));
}

static void format_is_found_by_name(void **state)
{
    const struct format *format = NULL;
    struct error err = {0};

    (void)state;
    assert_true(format_by_name("dbmate", &format, &err));
    assert_ptr_equal(format, &format_dbmate);
    assert_false(format_by_name("plan", &format, &err));
    assert_non_null(strstr(err.what, "there is no format \"plan\"; known: plain, "));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_false(format_by_name("dbmat", &format, &err));
    assert_non_null(strstr(err.what, "known: dbmate, "));
    assert_ptr_equal(format, &format_dbmate);
}

static void add_file(struct tree *tree, struct arena *arena, const char *path, const char *text)
{
    tree_add(tree, arena,
             (struct tree_entry){
                 .path = slice_from(path), .kind = TREE_FILE, .bytes = slice_from(text)});
}

static void add_folder_of(struct tree *tree, struct arena *arena, struct slice path)
{
    size_t len = slice_find(path, '/');

    if (len < path.len)
        tree_add(tree, arena,
                 (struct tree_entry){.path = slice_sub(path, 0, len), .kind = TREE_DIRECTORY});
}

/* A FIFO named like a migration makes the folder an error in every format. */
static void unusable_file_is_refused(void **state)
{
    static const struct {
        const struct format *format;
        const char *path, *other_path, *other_text;
    } cases[] = {
        {&format_atlas, "2_b.sql", "atlas.sum",
         "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"},
        {&format_dbmate, "2_b.sql", "1_a.sql", "-- migrate:up\n-- migrate:down\n"},
        {&format_diesel, "2_b/up.sql", "README.md", "x"},
        {&format_drizzle, "2_b.sql", "meta/_journal.json",
         "{\"entries\": [{\"tag\": \"2_b\", \"when\": 1}]}"},
        {&format_flyway, "V2__b.sql", "V1__a.sql", "SELECT 1"},
        {&format_golang_migrate, "2_b.up.sql", "1_a.up.sql", "SELECT 1"},
        {&format_goose, "2_b.sql", "1_a.sql", "-- +goose Up\nSELECT 1;\n"},
        {&format_graphile_migrate, "000002-b.sql", "README.md", "x"},
        {&format_node_pg_migrate, "2_b.sql", "1_a.sql", "SELECT 1"},
        {&format_plain, "2_b.sql", "1_a.sql", "SELECT 1"},
        {&format_prisma, "2_b/migration.sql", "migration_lock.toml", "provider = \"postgresql\"\n"},
        {&format_refinery, "V2__b.sql", "V1__a.sql", "SELECT 1"},
        {&format_sqlx, "2_b.sql", "1_a.sql", "SELECT 1"},
        {&format_tern, "2_b.sql", "1_a.sql", "SELECT 1"},
    };
    struct arena *arena = arena_new();

    (void)state;
    assert_int_equal(COUNT_OF(cases), format_count);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tree tree = {.root = "db"};
        struct migration_list list = {0};
        struct error err = {0};

        add_file(&tree, arena, cases[i].other_path, cases[i].other_text);
        add_folder_of(&tree, arena, slice_from(cases[i].path));
        tree_add(&tree, arena,
                 (struct tree_entry){.path = slice_from(cases[i].path),
                                     .kind = TREE_UNUSABLE,
                                     .problem = "is a FIFO, not a regular file"});
        tree_sort(&tree);
        if (cases[i].format->list(&tree, arena, &list, &err))
            fail_msg("%s takes it", cases[i].format->name);
        assert_string_equal(err.where, arena_printf(arena, "db/%s", cases[i].path));
        assert_string_equal(err.what, "is a FIFO, not a regular file");
    }
    arena_free(arena);
}

/*
 * golang-migrate's with the slash: read in pg_locks while golang-migrate 4.19.1 ran against a
 * database "tc". The rest: its own unit test, and sqlx 0.8.3 in the same way.
 */
static void lock_keys_are_the_tools_own(void **state)
{
    static const struct {
        const char *schema, *table;
        int64_t with_slash, without;
    } cases[] = {
        {"public", "schema_migrations", 1951702376, 549833720},
        {"app", "schema_migrations", 19861742, 0},
        {"app", "mig", 3137743498, 0},
    };
    int64_t keys[FORMAT_LOCK_KEYS_MAX];
    struct history_place place = {.database = "tc"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        place.table = (struct sql_name){.schema = slice_from(cases[i].schema),
                                        .table = slice_from(cases[i].table)};
        assert_int_equal(format_golang_migrate.lock_keys(&place, keys), 2);
        assert_int_equal(keys[0], cases[i].with_slash);
        assert_true(!cases[i].without || keys[1] == cases[i].without);
    }
    place.database = "database_name";
    place.table =
        (struct sql_name){.schema = SLICE("schema_name_1"), .table = SLICE("schema_name_2")};
    assert_int_equal(format_golang_migrate.lock_keys(&place, keys), 2);
    assert_int_equal(keys[1], 3743845847);
    place.database = "tc";
    assert_int_equal(format_sqlx.lock_keys(&place, keys), 1);
    assert_int_equal(keys[0], 3827443134950120066);
}

static void many_files_are_listed_in_order(void **state)
{
    struct arena *arena = arena_new();
    struct tree tree = {.root = "db"};
    struct migration_list list = {0};
    struct error err = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        add_file(&tree, arena, arena_printf(arena, "%d_x.sql", i * 7919 % 1000),
                 "create table t (id int);\ninsert into t values (1);\n");
    tree_sort(&tree);
    assert_true(format_plain.list(&tree, arena, &list, &err));
    assert_int_equal(list.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(atoi(list.items[i].id), i);
    arena_free(arena);
}

static void empty_folder_is_a_matter_of_the_name(void **state)
{
    struct arena *arena = arena_new();
    struct tree tree = {.root = "db"};
    struct migration_list list = {0};
    const struct format *format;
    const char *why;
    struct error err = {0};

    (void)state;
    assert_true(format_plain.list(&tree, arena, &list, &err));
    assert_int_equal(list.count, 0);
    assert_false(format_detect(&tree, arena, &format, &why, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    arena_free(arena);
}

static void history_is_composed_for_any_name(void **state)
{
    struct arena *arena = arena_new();
    struct sql_name table = sql_name_parse(SLICE("it's.\"My.Table\""));

    (void)state;
    assert_string_equal(bookkeeping_create(&format_dbmate, table, arena).ptr,
                        "DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE "
                        "nspname = ''it''''s'') THEN CREATE SCHEMA \"it''s\"; END IF; END';\n"
                        "CREATE TABLE \"it's\".\"My.Table\" (version varchar PRIMARY KEY)");
    arena_free(arena);
}

/* The first was seen in pg_locks under Flyway 10.22; the others are what Java's hashCode() gives.
 */
static void flyway_lock_is_its_own(void **state)
{
    static const struct {
        const char *table;
        int64_t key;
    } cases[] = {
        {"public.flyway_schema_history", 77433833903597},
        {"m\xC3\xA4rz.\xF0\x9F\x98\x80", 77429803610243},
    };
    struct history_place odd = {.table = {SLICE("App"), SLICE("a\"b")}};
    int64_t keys[FORMAT_LOCK_KEYS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct history_place place = {.table = sql_name_parse(slice_from(cases[i].table))};

        assert_int_equal(format_flyway.lock_keys(&place, keys), 1);
        assert_true(keys[0] == cases[i].key);
    }
    assert_int_equal(format_flyway.lock_keys(&odd, keys), 1);
    assert_true(keys[0] == 77432218784163);
}

/* As mfridman/interpolate 0.0.2 expands them; NULL is an error there, too. */
static void goose_substitutes_as_its_library_does(void **state)
{
    static const char *const environment[] = {"A=value", "EMPTY=", "B=1", "AB=both", "x", NULL};
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"no variable", "no variable"},
        {"$A", "value"},
        {"${A}", "value"},
        {"$A$B ${A}s", "value1 values"},
        {"$AB $A.B", "both value.B"},
        {"$NONE|${NONE}|$EMPTY|", "|||"},
        {"${NONE:-x} ${EMPTY:-x} ${A:-x}", "x x value"},
        {"${NONE-x} ${EMPTY-x} ${A-x}", "x  value"},
        {"${NONE:-${B}2 $A} ${A:-${NONE?no}}", "12 value value"},
        {"${A?must} ${EMPTY?must}", "value "},
        {"${A:1} ${A:1:2} ${A:-2:1} ${A: -2} ${A: -2:1}", "alue al value ue u"},
        {"${A:9} ${A:0:-2} ${A:3:-4} ${A:0:99} ${NONE:1:2}", " val  value "},
        {"${A:-9}", "value"},
        {"${A: -99}", "value"},
        {"$$A $$ \\$A \\\\$B", "$A $ $A \\\\1"},
        {"a $(shell) b$", "a $(shell) b$"},
        {"\\ \\a $B\\", "\\ \\a 1\\"},
        {"} { $A}", "} { value}"},
        {"$1", NULL},
        {"$_A", NULL},
        {"$ A", NULL},
        {"${}", NULL},
        {"${A", NULL},
        {"${A:-x", NULL},
        {"${A:?x}", NULL},
        {"${A:x}", NULL},
        {"${A:1:}", NULL},
        {"${A+x}", NULL},
        {"${NONE?must be set}", NULL},
        {"${NONE:-${NONE?inner}}", NULL},
        {"${A:-${1}}", NULL},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct replacement *out = replacement_new(arena);
        struct error err = {0};
        size_t offset;

        if (goose_envsub(environment, slice_from(cases[i].line), 0, out, &offset, &err) !=
                (cases[i].text != NULL) ||
            (cases[i].text && strcmp(buf_text(&out->text), cases[i].text) != 0))
            fail_msg("%s gives \"%s\" %s", cases[i].line, buf_text(&out->text), err.what);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_compared_by_value),
        cmocka_unit_test(directive_grammar),
        cmocka_unit_test(directive_options),
        cmocka_unit_test(format_is_found_by_name),
        cmocka_unit_test(unusable_file_is_refused),
        cmocka_unit_test(lock_keys_are_the_tools_own),
        cmocka_unit_test(many_files_are_listed_in_order),
        cmocka_unit_test(empty_folder_is_a_matter_of_the_name),
        cmocka_unit_test(history_is_composed_for_any_name),
        cmocka_unit_test(flyway_lock_is_its_own),
        cmocka_unit_test(goose_substitutes_as_its_library_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
