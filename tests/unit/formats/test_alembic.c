#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "formats/alembic_env.h"
#include "formats/alembic_graph.h"
#include "formats/alembic_ini.h"
#include "formats/shell_words.h"

static const char *names_text(const struct alembic_names *names, struct arena *arena)
{
    struct buf text = buf_in(arena);

    for (size_t i = 0; i < names->count; i++)
        buf_printf(&text, "%s%s", i ? "," : "", names->items[i]);
    return buf_text(&text);
}

/* --- revision files ---------------------------------------------------------------------- */

/* "revision down depends labels", or NULL when it must not be understood. */
struct script_case {
    const char *source;
    const char *expected;
};

#define HEAD "revision = 'b'\n"
#define BOTH "revision = 'b'\ndown_revision = 'a'\n"

static const struct script_case script_cases[] = {
    /* what Alembic and Flask-Migrate write */
    {"\"\"\"msg\n\nRevision ID: b\nRevises: a\n\"\"\"\nfrom alembic import op\n"
     "import sqlalchemy as sa\n\n# revision identifiers\n" BOTH
     "branch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    revision = 'x'\n    pass\n",
     "b a - -"},
    {"from typing import Sequence, Union\nrevision: str = \"b\"\n"
     "down_revision: Union[str, Sequence[str], None] = \"a\"\n"
     "branch_labels: Union[str, Sequence[str], None] = None\n"
     "depends_on: Union[str, Sequence[str], None] = None\n",
     "b a - -"},
    {"revision: Union[\n    str, None,\n] = 'b'\ndown_revision: 'Union[str, None]' = None\n",
     "b - - -"},
    {HEAD "down_revision = None\n", "b - - -"},
    {HEAD "down_revision = ('a', \"c\")\n", "b a,c - -"},
    {HEAD "down_revision = ('a',)\n", "b a - -"},
    {HEAD "down_revision = ('a')\n", "b a - -"},
    {HEAD "down_revision = ()\n", "b - - -"},
    {HEAD "down_revision = []\n", "b - - -"},
    {HEAD "down_revision = ['a', 'c',]\n", "b a,c - -"},
    {HEAD "down_revision = {'a', 'c'}\n", "b a,c - -"},
    {HEAD "down_revision = (\n    'a',  # why ) it\n\n    # is \"so\n    'c',\n)\n", "b a,c - -"},
    {HEAD "down_revision = \\\n    'a'\n", "b a - -"},
    {HEAD "down_revision = '''a'''\n", "b a - -"},
    {HEAD "down_revision = \"\"\"a\"\"\"  # type: ignore\n", "b a - -"},
    {HEAD "down_revision = r'a'\n", "b a - -"},
    {HEAD "down_revision = u\"a\"\n", "b a - -"},
    {HEAD "down_revision='a'", "b a - -"},
    {HEAD "down_revision = 'x'\ndown_revision = 'a'\n", "b a - -"},
    {"\xEF\xBB\xBFrevision = 'b'\r\ndown_revision = 'a'\r\n", "b a - -"},
    {"revision = 'b'\rdown_revision = 'a'\r", "b a - -"},
    {BOTH "depends_on = 'c'\nbranch_labels = ('one', 'two')\n", "b a c one,two"},
    {BOTH "depends_on = ['c', 'd']\n", "b a c,d -"},
    {BOTH "branch_labels = LABEL\n", "b a - ?"},
    {BOTH "branch_labels = f'x'\n", "b a - ?"},

    /* what looks like an assignment, and is none */
    {"'''\nrevision = 'x'\ndown_revision = 'x'\n'''\n" BOTH, "b a - -"},
    {"# revision = 'x'\n" BOTH "# down_revision = 'x'\n", "b a - -"},
    {BOTH "text = \"\"\"\\\"\"\"\ndown_revision = 'x'\n\"\"\"\n", "b a - -"},
    {BOTH "call(\n'''x''',\ndict(down_revision='x'))\n", NULL}, /* a mention: not guessed */
    {BOTH "op.execute(f\"\"\"\nrevision = '{x}'\n\"\"\")\n", "b a - -"},
    {BOTH "s = f'{{ {x:>{w}} }}'\n", "b a - -"},
    {BOTH "class T:\n    revision = 'x'\n", "b a - -"},
    {BOTH "@decorate\nasync def f(revision=None):\n    down_revision = 1\n", "b a - -"},
    {BOTH "def f():\n\tfor revision in []:\n\t\tpass\n# end\n\ndef g(): return revision\n",
     "b a - -"},
    {BOTH "revisions = 'x'\nmy.revision = 1\n", NULL},

    /* what is not understood */
    {HEAD, NULL},
    {"down_revision = 'a'\n", NULL},
    {HEAD "down_revision: str\n", NULL},
    {HEAD "down_revision = f'a'\n", NULL},
    {HEAD "down_revision = b'a'\n", NULL},
    {HEAD "down_revision = 'a' 'c'\n", NULL},
    {HEAD "down_revision = 'a' + 'c'\n", NULL},
    {HEAD "down_revision = 'a' if x else 'c'\n", NULL},
    {HEAD "down_revision = 'a'; x = 1\n", NULL},
    {HEAD "down_revision = 'a', 'c'\n", NULL},
    {HEAD "down_revision = A\n", NULL},
    {HEAD "down_revision = ('a' 'c')\n", NULL},
    {HEAD "down_revision = ('a', None)\n", NULL},
    {HEAD "down_revision = (('a',),)\n", NULL},
    {HEAD "down_revision = {'a': 'c'}\n", NULL},
    {HEAD "down_revision = {}\n", NULL},
    {HEAD "down_revision = set()\n", NULL},
    {HEAD "down_revision = ('a').strip()\n", NULL},
    {HEAD "down_revision = '\\x61'\n", NULL},
    {HEAD "down_revision = ''\n", NULL},
    {HEAD "down_revision += 'a'\n", NULL},
    {HEAD "down_revision == 'a'\n", NULL},
    {HEAD "if True:\n    down_revision = 'a'\n", NULL},
    {HEAD "try:\n    import x\nexcept ImportError:\n    down_revision = 'a'\n", NULL},
    {BOTH "if x: down_revision = 'c'\n", NULL},
    {BOTH "del down_revision\n", NULL},
    {BOTH "from x import down_revision\n", NULL},
    {BOTH "from x import *\n", NULL},
    {BOTH "import y; down_revision = 'c'\n", NULL},
    {BOTH "globals()['down_revision'] = 'c'\n", NULL},
    {BOTH "exec(\"down_revision = 'c'\")\n", NULL},
    {BOTH "for down_revision in 'c': pass\n", NULL},
    {BOTH "(down_revision := 'c')\n", NULL},
    {BOTH "a = down_revision = 'c'\n", NULL},
    {BOTH "def f():\n    global down_revision\n    down_revision = 'c'\nf()\n", NULL},
    {"revision = down_revision = 'b'\n", NULL},
    {BOTH "down_revision = revision = 'x'\ndown_revision = 'a'\n", NULL},
    {"revision, down_revision = 'b', 'a'\n", NULL},
    {"revision = ('b',)\ndown_revision = None\n", NULL},
    {"revision = None\ndown_revision = None\n", NULL},
    {BOTH "depends_on = X\n", NULL},
    {BOTH "x = (\n", NULL},
    {BOTH "x = )\n", NULL},
    {BOTH "x = (]\n", NULL},
    {BOTH "x = 'a\n", NULL},
    {BOTH "x = '''a\n", NULL},
    {BOTH "x = \\y\n", NULL},
    {BOTH "x = f'{d['k']}'\n", NULL},
};

static const char *script_text(const struct script_case *test, const char *path,
                               struct arena *arena)
{
    struct alembic_script script;
    const char *why = NULL, *texts[3];
    const struct alembic_names *lists[] = {&script.down, &script.depends, &script.labels};

    if (!alembic_script_read(slice_from(test->source), path, arena, &script, &why)) {
        assert_non_null(why);
        return NULL;
    }
    for (size_t i = 0; i < 3; i++)
        texts[i] = lists[i]->count ? names_text(lists[i], arena) : "-";
    return arena_printf(arena, "%s %s %s %s", script.revision, texts[0], texts[1],
                        script.has_unknown_labels ? "?" : texts[2]);
}

static void script_is_read_or_refused(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(script_cases); i++) {
        const char *text = script_text(&script_cases[i], "versions/1_x.py", arena);
        const char *expected = script_cases[i].expected;

        if (!text != !expected || (text && strcmp(text, expected) != 0))
            fail_msg("%s\n=> %s", script_cases[i].source, text ? text : "refused");
    }
    arena_free(arena);
}

static void script_without_revision_is_its_name(void **state)
{
    static const struct script_case old = {"down_revision = 'a'\n", NULL};
    struct arena *arena = arena_new();

    (void)state;
    assert_string_equal(script_text(&old, "versions/12ab.py", arena), "12ab a - -");
    assert_null(script_text(&old, "versions/12abx.py", arena));
    assert_null(script_text(&old, "12ab/_.py", arena));
    arena_free(arena);
}

static void script_names(void **state)
{
    (void)state;
    assert_true(alembic_script_is_named(SLICE("1_a.py")));
    assert_false(alembic_script_is_named(SLICE("__init__.py")));
    assert_false(alembic_script_is_named(SLICE("__init__x.py")));
    assert_false(alembic_script_is_named(SLICE(".#1_a.py")));
    assert_false(alembic_script_is_named(SLICE("1_a.pyc")));
    assert_false(alembic_script_is_named(SLICE("README")));
}

/* --- the graph --------------------------------------------------------------------------- */

/* "revision<down,down>depends@label"; gives scripts as if read. */
static struct alembic_names split_names(const char *text, size_t len, struct arena *arena)
{
    struct alembic_names names = {0};
    struct slice rest = {text, len}, word;

    while (slice_next_word(&rest, &word)) {
        names.items =
            arena_grow(arena, names.items, &names.capacity, names.count, sizeof *names.items);
        names.items[names.count++] = arena_text(arena, word);
    }
    return names;
}

static struct alembic_script script_of(const char *text, struct arena *arena)
{
    size_t down = strcspn(text, "<"), depends = strcspn(text, ">"), label = strcspn(text, "@");
    size_t len = strlen(text);

    depends = depends < label ? depends : label;
    down = down < depends ? down : depends;
    return (struct alembic_script){
        .path = arena_printf(arena, "%.*s.py", (int)down, text),
        .revision = arena_text(arena, (struct slice){text, down}),
        .down =
            split_names(text + down + (down < depends), depends - down - (down < depends), arena),
        .depends = split_names(text + depends + (depends < label),
                               label - depends - (depends < label), arena),
        .labels = split_names(text + label + (label < len), len - label - (label < len), arena),
    };
}

static bool build(const char *text, struct arena *arena, struct alembic_graph *graph,
                  const char **why)
{
    struct alembic_script scripts[16];
    struct slice rest = slice_from(text);
    size_t count = 0;

    while (rest.len) {
        size_t len = slice_find(rest, ' ');

        scripts[count++] = script_of(arena_text(arena, slice_sub(rest, 0, len)), arena);
        rest = slice_sub(rest, len < rest.len ? len + 1 : len, rest.len);
    }
    return alembic_graph_build(scripts, count, arena, graph, why);
}

static void graph_is_refused(void **state)
{
    static const struct {
        const char *scripts, *why;
    } cases[] = {
        {"a b<a b<a", "are both revision b"},
        {"a b<x", "no file is the revision x"},
        {"a b>x", "no file is the revision x"},
        {"a b<l c@l", "no file is the revision l"}, /* a label is no down_revision */
        {"a<b b<a", "circle"},
        {"a b<a,d c<b d<c", "circle"},
        {"a<a", "circle"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct alembic_graph graph;
        const char *why = NULL;

        if (build(cases[i].scripts, arena, &graph, &why))
            fail_msg("taken: %s", cases[i].scripts);
        assert_non_null(strstr(why, cases[i].why));
    }
    arena_free(arena);
}

/* Rows of the table against a graph: what is pending, and whether the tool may be spared. */
static const struct {
    const char *scripts, *rows, *pending;
    bool is_settled, is_settled_for_heads;
} graph_cases[] = {
    {"a b<a c<b", "c", "", true, true},
    {"a b<a c<b", "b", "c", false, false},
    {"a b<a c<b", "", "a b c", false, false},
    {"c<b b<a a", "a", "b c", false, false}, /* files in any order */
    {"a b<a c<b", "x", "", false, false},    /* ahead: nothing is known to be pending */
    {"a b<a c<b", "c,x", "", false, false},
    {"a b<a c<a d<b,c", "d", "", true, true},      /* a merge */
    {"a b<a c<a d<b,c", "b", "c d", false, false}, /* one branch of it */
    {"a b<a c<a d<b,c", "b,c", "d", false, false},
    {"a b<a c<a", "b,c", "", false, true}, /* two heads: `upgrade head` fails */
    {"a b<a c<a", "b", "c", false, false},
    {"a b>a", "b", "", false, true},    /* heads are a and b, the real one is b */
    {"a b>a", "a,b", "", false, false}, /* more rows than the tool would leave */
    {"a b>a", "a", "b", false, false},
    {"a@l b>l", "b", "", false, true}, /* a label stands for its revision */
    {"a b<a c<b d<a>c", "d", "", false, true},
    {"a b<a,a c<b>b", "c", "", true, true}, /* said twice */
    {"a b<a c<b", "c,c", "", false, false},
};

static void graph_is_compared(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(graph_cases); i++) {
        struct alembic_names names =
            split_names(graph_cases[i].rows, strlen(graph_cases[i].rows), arena);
        struct applied_list rows = {0};
        struct buf pending = buf_in(arena);
        struct alembic_graph graph;
        bool is_pending[16];
        const char *why = NULL;

        if (!build(graph_cases[i].scripts, arena, &graph, &why))
            fail_msg("%s: %s", graph_cases[i].scripts, why);
        for (size_t j = 0; j < names.count; j++)
            applied_list_add(&rows, arena, (struct applied){.id = names.items[j]});
        alembic_graph_pending(&graph, &rows, is_pending);
        for (size_t j = 0; j < graph.count; j++)
            if (is_pending[j])
                buf_printf(&pending, "%s%s", pending.len ? " " : "",
                           graph.nodes[j].script.revision);
        if (strcmp(buf_text(&pending), graph_cases[i].pending) != 0)
            fail_msg("%s, %s: pending %s", graph_cases[i].scripts, graph_cases[i].rows,
                     buf_text(&pending));
        if (alembic_graph_is_settled(&graph, &rows, false) != graph_cases[i].is_settled ||
            alembic_graph_is_settled(&graph, &rows, true) != graph_cases[i].is_settled_for_heads)
            fail_msg("%s, %s: settled", graph_cases[i].scripts, graph_cases[i].rows);
    }
    arena_free(arena);
}

/* --- alembic.ini ------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *script, *versions; /* script NULL: not said; both NULL and refused: */
    const char *why;
    bool is_recursive;
} ini_cases[] = {
    {"[alembic]\nscript_location = alembic\n", "alembic", "", NULL, false},
    {"[alembic]\nscript_location: %(here)s/db ; x\n", "etc/db ; x", "", NULL, false},
    {"# c\n[loggers]\nscript_location = no\n[alembic]\nScript_Location=a%%b\n[x]\n", "a%b", "",
     NULL, false},
    {"[DEFAULT]\nscript_location = d\n[alembic]\n", "d", "", NULL, false},
    {"[alembic]\n# script_location = a\n", NULL, "", NULL, false},
    {"", NULL, "", NULL, false},
    {"[alembic]\nversion_locations = a, b c\n", NULL, "a,b,c", NULL, false},
    {"[alembic]\nversion_locations = a:b\nversion_path_separator = os\n", NULL, "a,b", NULL, false},
    {"[alembic]\nversion_locations = a;b\npath_separator = ;\n", NULL, "a,b", NULL, false},
    {"[alembic]\nversion_locations = a  b\npath_separator = space\n", NULL, "a,b", NULL, false},
    {"[alembic]\nversion_locations =\n    %(here)s/a\n    # c\n    b\npath_separator=newline\n",
     NULL, "etc/a,b", NULL, false},
    {"[alembic]\nrecursive_version_locations = true\nfoo = 1\n   script_location = x\n", NULL, "",
     NULL, true},
    {"[alembic]\nversion_locations = a\nversion_path_separator = os  # Use os.pathsep\n", NULL,
     NULL, "none that Alembic knows", false},
    {"[alembic]\nversion_locations = pkg:a\n", NULL, NULL, "only Python", false},
    {"[alembic]\nscript_location = pkg:alembic\n", NULL, NULL, "Python package", false},
    {"[alembic]\nscript_location = %(base)s/x\n", NULL, NULL, "another key", false},
    {"[alembic]\nsourceless = true\n", NULL, NULL, "bytecode", false},
};

static void ini_is_read_or_refused(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ini_cases); i++) {
        struct alembic_ini ini;
        const char *why = NULL;
        bool is_read = alembic_ini_read(slice_from(ini_cases[i].text), "etc", arena, &ini, &why);

        if (is_read == (ini_cases[i].why != NULL))
            fail_msg("%s\n=> %s", ini_cases[i].text, why ? why : "read");
        if (!is_read) {
            assert_non_null(strstr(why, ini_cases[i].why));
            continue;
        }
        assert_int_equal(ini.is_recursive, ini_cases[i].is_recursive);
        assert_int_equal(!ini.script_location, !ini_cases[i].script);
        if (ini.script_location)
            assert_string_equal(ini.script_location, ini_cases[i].script);
        assert_string_equal(names_text(&ini.version_locations, arena), ini_cases[i].versions);
    }
    arena_free(arena);
}

/* --- env.py ------------------------------------------------------------------------------ */

static const struct {
    const char *text, *table, *schema, *why;
} env_cases[] = {
    {"context.configure(connection=c)\n", "", "", NULL},
    {"context.configure(\n    version_table='v',\n    version_table_schema=\"s\")\n", "v", "s",
     NULL},
    {"f(version_table='v')\ng(version_table='v',)\n", "v", "", NULL},
    {"'''context.execute() for x in y'''\n# search_path\nx = [a for a in b]\n", "", "", NULL},
    {"f(version_table='v')\ng(version_table='w')\n", "", "", "version_table"},
    {"f(version_table=NAME)\n", "", "", "version_table"},
    {"f(version_table='a' + x)\n", "", "", "version_table"},
    {"f(version_table=f'{x}')\n", "", "", "version_table"},
    {"version_table = 'v'\nf(version_table=version_table)\n", "", "", "version_table"},
    {"f(**{'version_table': 'v'})\n", "", "", "version_table"},
    {"f(version_table_schema=S)\n", "", "", "version_table_schema"},
    {"for tenant in tenants:\n    migrate(tenant)\n", "", "", "loop"},
    {"if 1:\n    while x: migrate()\n", "", "", "loop"},
    {"connection.execute('CREATE SCHEMA x')\n", "", "", "execute"},
    {"x = context.get_x_argument()\n", "", "", "get_x_argument"},
    {"c(options='-csearch_path=a')\n", "", "", "search_path"},
    {"c(schema_translate_map={})\n", "", "", "several schemas"},
    {"context.run_migrations(engine_name=name)\n", "", "", "several databases"},
    {"x = 'a\n", "", "", "not understood"},
};

static void env_is_read_or_refused(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(env_cases); i++) {
        struct alembic_env env;
        const char *why = NULL;
        bool is_read = alembic_env_read(slice_from(env_cases[i].text), true, arena, &env, &why);

        if (is_read == (env_cases[i].why != NULL))
            fail_msg("%s\n=> %s", env_cases[i].text, why ? why : "read");
        if (!is_read) {
            assert_non_null(strstr(why, env_cases[i].why));
            continue;
        }
        assert_true(slice_equal_text(env.table, env_cases[i].table));
        assert_true(slice_equal_text(env.schema, env_cases[i].schema));
    }
    arena_free(arena);
}

static void env_is_not_asked_for_a_table_that_was_told(void **state)
{
    struct arena *arena = arena_new();
    struct alembic_env env;
    const char *why = NULL;

    (void)state;
    assert_true(alembic_env_read(SLICE("f(version_table=NAME, **x)\n"), false, arena, &env, &why));
    assert_int_equal(env.table.len, 0);
    assert_false(alembic_env_read(SLICE("c.execute('x')\n"), false, arena, &env, &why));
    arena_free(arena);
}

/* --- the command ------------------------------------------------------------------------- */

static void words_of_a_shell_line(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_true(shell_words_have("alembic upgrade heads", "heads"));
    assert_true(shell_words_have("sh -c 'alembic upgrade heads'; true", "heads"));
    assert_true(shell_words_have("cd x&&flask db upgrade \"heads\"", "heads"));
    assert_false(shell_words_have("alembic upgrade head", "heads"));
    assert_false(shell_words_have("alembic upgrade a@heads", "heads"));
    assert_false(shell_words_have("", "heads"));
    assert_string_equal(shell_words_option("alembic -c a/b.ini upgrade", "-c", "--config", arena),
                        "a/b.ini");
    assert_string_equal(
        shell_words_option("alembic --config=b.ini upgrade", "-c", "--config", arena), "b.ini");
    assert_string_equal(shell_words_option("alembic --config b.ini", "-c", "--config", arena),
                        "b.ini");
    assert_null(shell_words_option("alembic -c", "-c", "--config", arena));
    assert_null(shell_words_option("alembic --configure=x", "-c", "--config", arena));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(script_is_read_or_refused),
        cmocka_unit_test(script_without_revision_is_its_name),
        cmocka_unit_test(script_names),
        cmocka_unit_test(graph_is_refused),
        cmocka_unit_test(graph_is_compared),
        cmocka_unit_test(ini_is_read_or_refused),
        cmocka_unit_test(env_is_read_or_refused),
        cmocka_unit_test(env_is_not_asked_for_a_table_that_was_told),
        cmocka_unit_test(words_of_a_shell_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
