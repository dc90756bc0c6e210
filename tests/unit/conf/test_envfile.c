#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/envfile.h"

#define CANARY "canary"

enum { PAIRS_MAX = 4 };

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static bool read_file(const char *path, struct arena *arena, struct slice *bytes, struct error *err)
{
    (void)arena;
    if (strcmp(path, "/run/key") == 0)
        *bytes = SLICE(CANARY ":1 =\r\n\n");
    else if (strcmp(path, "./key") == 0)
        *bytes = SLICE("line\nline");
    else if (strcmp(path, "/run/empty") == 0)
        *bytes = SLICE("\r\n");
    else if (strcmp(path, "/run/nul") == 0)
        *bytes = SLICE(CANARY "\0x");
    else
        return error_set(err, ERR_CONFIG, "cannot open %s", path);
    return true;
}

static bool read_pairs(struct arena *arena, const char *const *pairs, struct text_list *variables,
                       struct error *err)
{
    static const char *const environment[] = {"SET=1", "EMPTY=", NULL};
    struct config_sources sources = {.environment = environment, .read_file = read_file};
    struct text_list list = {.items = (const char **)pairs};

    while (pairs[list.count])
        list.count++;
    return envfile_read(&sources, &list, arena, variables, err);
}

static bool check(const char *const *pairs)
{
    struct text_list list = {.items = (const char **)pairs};

    while (pairs[list.count])
        list.count++;
    return envfile_check(&list);
}

static void pairs_are_checked(void **state)
{
    static const char *const good[][PAIRS_MAX] = {
        {NULL}, {"A:/x"}, {"a_1:./x", "_:../x", "A:/x:y"}, {"AB:/x", "A:/x", "ABC:/x"}};
    static const char *const bad[][PAIRS_MAX] = {{"A:/x", "A:./x"},
                                                 {"MIGRINIT_STATUS:/x"},
                                                 {"A:" CANARY},
                                                 {"A:"},
                                                 {"AB:/x", CANARY},
                                                 {":/x"},
                                                 {"1A:/x"},
                                                 {"A-B:/x"},
                                                 {"A=1:/x"},
                                                 {"A:/x@y"},
                                                 {"/x"},
                                                 {""}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(check(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (check(bad[i]))
            fail_msg("accepted: %s", bad[i][0]);
}

static void content_becomes_the_value(void **state)
{
    static const char *const pairs[] = {"KEY:/run/key", "EMPTY:./key", NULL};
    struct text_list variables;
    struct error err;

    assert_true(read_pairs(*state, pairs, &variables, &err));
    assert_int_equal(variables.count, 2);
    assert_string_equal(variables.items[0], "KEY=" CANARY ":1 =");
    assert_string_equal(variables.items[1], "EMPTY=line\nline");
}

static void none_is_none(void **state)
{
    static const char *const pairs[] = {NULL};
    struct text_list variables;
    struct error err;

    assert_true(read_pairs(*state, pairs, &variables, &err));
    assert_int_equal(variables.count, 0);
}

static void what_is_wrong_is_told_and_no_content(void **state)
{
    static const struct {
        const char *pairs[PAIRS_MAX];
        const char *told;
    } cases[] = {
        {{"SET:/run/key"}, "SET is set in the environment as well"},
        {{"A:/run/empty"}, "the file is empty"},
        {{"A:/run/nul"}, "NUL byte"},
        {{"A:/run/none"}, "cannot open /run/none"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text_list variables;
        struct error err = {0};

        if (read_pairs(*state, cases[i].pairs, &variables, &err))
            fail_msg("accepted: %s", cases[i].pairs[0]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.what, cases[i].told));
        assert_null(strstr(err.what, CANARY));
        assert_null(strstr(err.where, CANARY));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_checked),
        cmocka_unit_test(content_becomes_the_value),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(what_is_wrong_is_told_and_no_content),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
