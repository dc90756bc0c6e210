/* What an operator is told when the app cannot be who it is to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "entrypoint/privileges.h"

struct row {
    enum privilege_step step;
    int sys_errno;
    const char *what, *hint; /* NULL: none */
};

static void each_step_has_its_words(void **unused)
{
    static const struct row rows[] = {
        {PRIVILEGE_BOUNDING_SET, EPERM, "the bounding set cannot be emptied", "CAP_SETPCAP"},
        {PRIVILEGE_GROUPS, EINVAL, "the supplementary groups", "has no such number"},
        {PRIVILEGE_GROUP, EINVAL, "the group cannot be set", "has no such number"},
        {PRIVILEGE_USER, EINVAL, "the user cannot be set", "has no such number"},
        {PRIVILEGE_CAPABILITIES, EPERM, "they cannot be dropped", NULL},
        {PRIVILEGE_NO_NEW_PRIVS, EINVAL, "no_new_privs cannot be set", NULL},
        {PRIVILEGE_READ_BACK, 0, "read back, they are not what was set", NULL},
        {PRIVILEGE_WAY_BACK, 0, "could become root again", "capabilities = drop"},
        {PRIVILEGE_SIGNALS, EPERM, "cannot be sent signals", "CAP_KILL"},
        {PRIVILEGE_UNKNOWN, 0, "ended without a word", NULL},
    };
    const struct privileges privileges = {.has_identity = true, .identity = {.uid = 4711}};

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct privilege_failure failure = {rows[i].step, rows[i].sys_errno};
        struct error err = {0};

        assert_false(privileges_explain(&privileges, &failure, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        if (!strstr(err.what, rows[i].what))
            fail_msg("%s", err.what);
        if (rows[i].sys_errno && !strstr(err.what, strerror(rows[i].sys_errno)))
            fail_msg("%s", err.what);
        if (rows[i].hint ? !strstr(err.hint, rows[i].hint) : err.hint[0] != '\0')
            fail_msg("%s: %s", err.what, err.hint);
    }
}

static void who_may_not_is_told_who_could(void **unused)
{
    const struct privileges privileges = {.has_identity = true, .identity = {.uid = 4711}};
    const struct privilege_failure failure = {PRIVILEGE_USER, EPERM};
    struct error err = {0};

    (void)unused;
    privileges_explain(&privileges, &failure, &err);
    assert_non_null(strstr(err.hint, getuid() == 0 ? "CAP_SETUID" : "or as uid 4711 itself"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_its_words),
        cmocka_unit_test(who_may_not_is_told_who_could),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
