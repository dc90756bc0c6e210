#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "entrypoint/environment.h"

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

static const char *joined(const char *const *variables, struct arena *arena)
{
    struct buf out = buf_in(arena);

    for (size_t i = 0; variables[i]; i++)
        buf_printf(&out, "%s%s", i ? " " : "", variables[i]);
    return buf_text(&out);
}

static void late_values_are_told(void **state)
{
    static const char *const before[] = {"LISTEN_PID=42", "MIGRINIT_STATUS=old", "X=1", NULL};
    struct app_environment_source source = {.environment = before, .own_pid = 42};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    app_environment_set_status(&environment, "pending");
    app_environment_set_pid(&environment, 4711);
    assert_string_equal(joined(environment.variables, *state),
                        "LISTEN_PID=4711 X=1 MIGRINIT_STATUS=pending");
}

static void foreign_listen_pid_is_left_alone(void **state)
{
    static const char *const before[] = {"LISTEN_PID=421", NULL};
    struct app_environment_source source = {.environment = before, .own_pid = 42};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    app_environment_set_pid(&environment, 4711);
    assert_string_equal(environment.variables[0], "LISTEN_PID=421");
}

static const char *const full[] = {"DATABASE_URL=app",
                                   "MIGRATE_DATABASE_URL=ddl",
                                   "DIRECT_URL=",
                                   "DATABASE_URL_FILE=/x",
                                   "MIGRINIT_DATABASE_PASSWORD=p",
                                   "NO_VALUE",
                                   "A=1",
                                   NULL};

static void what_is_ours_is_taken_out(void **state)
{
    struct app_environment_source source = {.environment = full};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    assert_string_equal(joined(environment.variables, *state),
                        "DATABASE_URL=app NO_VALUE A=1 MIGRINIT_STATUS=skipped");
}

static void everything_is_kept_on_request(void **state)
{
    struct app_environment_source source = {.environment = full, .keeps_all = true};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    assert_string_equal(joined(environment.variables, *state),
                        "DATABASE_URL=app MIGRATE_DATABASE_URL=ddl DIRECT_URL= "
                        "DATABASE_URL_FILE=/x MIGRINIT_DATABASE_PASSWORD=p NO_VALUE A=1 "
                        "MIGRINIT_STATUS=skipped");
}

static void additions_replace_what_has_their_name(void **state)
{
    static const char *const before[] = {"KEY=", "KEY2=2", NULL};
    const char *additions[] = {"KEY=secret=x", "DIRECT_URL=for the app"};
    struct app_environment_source source = {.environment = before, .additions = {additions, 2}};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    assert_string_equal(joined(environment.variables, *state),
                        "KEY2=2 KEY=secret=x DIRECT_URL=for the app MIGRINIT_STATUS=skipped");
}

static void user_brings_home_and_name(void **state)
{
    static const char *const before[] = {"HOME=/root", "USER=root", "LOGNAME=root", "USERS=9",
                                         NULL};
    const struct identity named = {.name = "app", .home = "/srv"}, unnamed = {.home = "/"};

    assert_string_equal(joined(environment_of(&named, before, *state), *state),
                        "USERS=9 HOME=/srv USER=app LOGNAME=app");
    assert_string_equal(joined(environment_of(&unnamed, before, *state), *state), "USERS=9 HOME=/");
}

static void notify_socket_is_handed_over(void **state)
{
    static const char *const before[] = {"NOTIFY_SOCKET=/run/x", "X=1", NULL};
    struct app_environment_source source = {.environment = before, .handover = NOTIFY_WITHHELD};
    struct app_environment environment;

    app_environment_build(&source, *state, &environment);
    assert_string_equal(joined(environment.variables, *state), "X=1 MIGRINIT_STATUS=skipped");
    source.handover = NOTIFY_OURS;
    app_environment_build(&source, *state, &environment);
    app_environment_set_notify(&environment, "@12345");
    assert_string_equal(joined(environment.variables, *state),
                        "X=1 MIGRINIT_STATUS=skipped NOTIFY_SOCKET=@12345");
    source.handover = NOTIFY_AS_IT_CAME;
    app_environment_build(&source, *state, &environment);
    assert_string_equal(environment.variables[0], "NOTIFY_SOCKET=/run/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_values_are_told),
        cmocka_unit_test(foreign_listen_pid_is_left_alone),
        cmocka_unit_test(what_is_ours_is_taken_out),
        cmocka_unit_test(everything_is_kept_on_request),
        cmocka_unit_test(additions_replace_what_has_their_name),
        cmocka_unit_test(user_brings_home_and_name),
        cmocka_unit_test(notify_socket_is_handed_over),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
