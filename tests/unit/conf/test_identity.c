#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/identity.h"

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

static const char passwd[] = "# a comment: with colons\n"
                             "root:x:0:0:root:/root:/bin/sh\n"
                             "app:x:1000:1001:An App,,,:/srv/app:/bin/sh\r\n"
                             "twin:x:1000:7::/second:\n"
                             "app:x:5:5::/later:\n"
                             "short:x:1002\n"
                             "homeless:x:1003:1003:::\n"
                             "huge:x:99999999999:1:::\n"
                             "badgroup:x:1004:word:/:\n"
                             "1234:x:1005:1005:digits:/digits:\n"
                             "+nis::::::\n"
                             "\n"
                             "last:x:1006:1006::/last:/bin/sh";
static const char group[] = "root:x:0:root\n"
                            "wheel:x:10:root,app\n"
                            "appgroup:x:1001:\n"
                            "adm:x:4:other, app\n"
                            "disk:x:6:application,myapp\n"
                            "again:x:10:app\n"
                            "own:x:1001:app\n"
                            "broken:x:word:app\n"
                            "big:x:4294967296:app\n"
                            "twins:x:20:twin\n";

static bool resolve(struct arena *arena, const char *spec, struct identity *identity,
                    struct error *err)
{
    const struct identity_sources sources = {.passwd = slice_from(passwd),
                                             .group = slice_from(group),
                                             .passwd_file = "/etc/passwd",
                                             .group_file = "/etc/group",
                                             .uid = 0,
                                             .gid = 3};

    return identity_resolve(slice_from(spec), &sources, arena, identity, err);
}

/* "uid:gid groups name home"; a * before the groups when the caller's stay */
static const char *told(const struct identity *identity, struct arena *arena)
{
    struct buf out = buf_in(arena);

    buf_printf(&out, "%u:%u %s", identity->uid, identity->gid, identity->keeps_groups ? "*" : "");
    for (size_t i = 0; i < identity->group_count; i++)
        buf_printf(&out, "%s%u", i ? "," : "", identity->groups[i]);
    buf_printf(&out, " %s %s", identity->name ? identity->name : "-", identity->home);
    return buf_text(&out);
}

static void every_spelling_is_understood(void **state)
{
    static const char *const cases[][2] = {
        {"0", "0:0 0,10 root /root"},
        {"root", "0:0 0,10 root /root"},
        {"0:0", "0:0 0 root /root"},
        {"0:root", "0:0 0 root /root"},
        {"root:0", "0:0 0 root /root"},
        {"root:root", "0:0 0 root /root"},
        {"app", "1000:1001 1001,10,4 app /srv/app"},
        {"app:", "1000:1001 1001,10,4 app /srv/app"},
        {"1000", "1000:1001 1001,10,4 app /srv/app"},
        {"01000", "1000:1001 1001,10,4 app /srv/app"},
        {"app:wheel", "1000:10 10 app /srv/app"},
        {"app:4321", "1000:4321 4321 app /srv/app"},
        {"twin", "1000:7 7,20 twin /second"},
        {"4321", "4321:3 3 - /"},
        {"4321:", "4321:3 3 - /"},
        {"4321:1000", "4321:1000 1000 - /"},
        {"4321:wheel", "4321:10 10 - /"},
        {"1234", "1234:3 3 - /"},
        {":wheel", "0:10 10 root /root"},
        {":5", "0:5 5 root /root"},
        {":", "0:3 *3 root /root"},
        {"", "0:3 *3 root /root"},
        {"homeless", "1003:1003 1003 homeless /"},
        {"last", "1006:1006 1006 last /last"},
        {"2147483647:2147483647", "2147483647:2147483647 2147483647 - /"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct identity identity;
        struct error err;

        if (!resolve(*state, cases[i][0], &identity, &err))
            fail_msg("\"%s\": %s", cases[i][0], err.what);
        if (strcmp(told(&identity, *state), cases[i][1]) != 0)
            fail_msg("\"%s\" is %s", cases[i][0], told(&identity, *state));
    }
}

static void what_is_wrong_is_told(void **state)
{
    static const char *const cases[][2] = {
        {"nobody", "there is no user \"nobody\" in /etc/passwd"},
        {"0day", "there is no user \"0day\" in /etc/passwd"},
        {"-1", "there is no user \"-1\" in /etc/passwd"},
        {"+1000", "there is no user \"+1000\" in /etc/passwd"},
        {" 0", "there is no user \" 0\" in /etc/passwd"},
        {"APP", "there is no user \"APP\" in /etc/passwd"},
        {"ap", "there is no user \"ap\" in /etc/passwd"},
        {"0:0day", "there is no group \"0day\" in /etc/group"},
        {"0:nogroup", "there is no group \"nogroup\" in /etc/group"},
        {"0:0:0", "there is no group \"0:0\" in /etc/group"},
        {"2147483648", "uid 2147483648 is out of range: 0 to 2147483647"},
        {"4294967296", "uid 4294967296 is out of range: 0 to 2147483647"},
        {"99999999999", "uid 99999999999 is out of range: 0 to 2147483647"},
        {"18446744073709551616", "uid 18446744073709551616 is out of range: 0 to 2147483647"},
        {"0:2147483648", "gid 2147483648 is out of range: 0 to 2147483647"},
        {":99999999999", "gid 99999999999 is out of range: 0 to 2147483647"},
        {"huge", "the uid is no number from 0 to 2147483647"},
        {"short", "the gid is no number from 0 to 2147483647"},
        {"badgroup", "the gid is no number from 0 to 2147483647"},
        {"0:big", "the gid is no number from 0 to 2147483647"},
        {"0:broken", "the gid is no number from 0 to 2147483647"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct identity identity;
        struct error err = {0};

        if (resolve(*state, cases[i][0], &identity, &err))
            fail_msg("accepted \"%s\"", cases[i][0]);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_string_equal(err.what, cases[i][1]);
    }
}

static void wrong_line_is_named(void **state)
{
    struct identity identity;
    struct error err = {0};

    assert_false(resolve(*state, "huge", &identity, &err));
    assert_string_equal(err.where, "/etc/passwd:8");
    err = (struct error){0};
    assert_false(resolve(*state, "0:broken", &identity, &err));
    assert_string_equal(err.where, "/etc/group:8");
}

/* An image from scratch. */
static void numbers_need_no_file(void **state)
{
    const struct identity_sources sources = {
        .passwd_file = "/etc/passwd", .group_file = "/etc/group", .uid = 0, .gid = 0};
    struct identity identity;
    struct error err = {0};

    assert_true(identity_resolve(SLICE("1000:2000"), &sources, *state, &identity, &err));
    assert_string_equal(told(&identity, *state), "1000:2000 2000 - /");
    assert_true(identity_resolve(SLICE("1000"), &sources, *state, &identity, &err));
    assert_string_equal(told(&identity, *state), "1000:0 0 - /");
    assert_false(identity_resolve(SLICE("root"), &sources, *state, &identity, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_understood),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(wrong_line_is_named),
        cmocka_unit_test(numbers_need_no_file),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
