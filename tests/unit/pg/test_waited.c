#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/backoff.h"
#include "pg/waited.h"

static const struct waited_graces graces = {.auth_ms = 3000};

static struct refusal refusal_of(enum refusal_kind kind, int64_t grace_ms, const char *reason)
{
    return (struct refusal){.kind = kind,
                            .grace_ms = grace_ms,
                            .code = ERR_DB_REFUSED,
                            .backoff = &backoff_connect,
                            .reason = reason};
}

static struct waited refused_at(int64_t now_ms, struct refusal refusal)
{
    struct waited waited = waited_init("database", true);

    waited.attempts = 1;
    waited_note(&waited, &refusal, now_ms);
    return waited;
}

static void grace_each_kind_has_its_own(void **state)
{
    (void)state;
    struct waited waits = refused_at(1000, refusal_of(REFUSAL_WAIT, 0, "starting up"));
    struct waited final = refused_at(1000, refusal_of(REFUSAL_FINAL, 0, "no such role"));
    struct waited grace = refused_at(1000, refusal_of(REFUSAL_GRACE, 500, "no entry"));
    struct waited password = refused_at(1000, refusal_of(REFUSAL_GRACE, AUTH_GRACE, "password"));

    assert_int_equal(waited_grace_left_ms(&waits, &graces, 9000), INT64_MAX);
    assert_int_equal(waited_grace_left_ms(&final, &graces, 1000), 0);
    assert_int_equal(waited_grace_left_ms(&grace, &graces, 1200), 300);
    assert_int_equal(waited_grace_left_ms(&grace, &graces, 1500), 0);
    assert_int_equal(waited_grace_left_ms(&password, &graces, 2000), 2000);
}

static void grace_of_a_missing_database_ends_at_once_where_it_is_made(void **state)
{
    (void)state;
    struct waited waited = refused_at(1000, refusal_of(REFUSAL_MISSING, 500, "does not exist"));
    struct waited_graces makes_it = {.auth_ms = 3000, .is_missing_final = true};

    assert_int_equal(waited_grace_left_ms(&waited, &graces, 1000), 500);
    assert_int_equal(waited_grace_left_ms(&waited, &makes_it, 1000), 0);
}

static void grace_counts_from_the_first_refusal_of_its_class(void **state)
{
    (void)state;
    struct refusal again = refusal_of(REFUSAL_GRACE, 500, "in other words");
    struct refusal other = refusal_of(REFUSAL_WAIT, 0, "starting up");
    struct waited waited = refused_at(1000, refusal_of(REFUSAL_GRACE, 500, "no entry"));

    waited.attempts = 2;
    waited.retries = 1;
    waited_note(&waited, &again, 1300);
    assert_int_equal(waited_grace_left_ms(&waited, &graces, 1300), 200);
    assert_int_equal(waited.retries, 1);

    waited_note(&waited, &other, 1400);
    assert_int_equal(waited.retries, 0);
    waited_note(&waited, &again, 1600);
    assert_int_equal(waited_grace_left_ms(&waited, &graces, 1600), 500);
}

static void news_are_another_reason_than_the_one_told(void **state)
{
    (void)state;
    char words[] = "refused";
    struct refusal refusal = refusal_of(REFUSAL_WAIT, 0, words);
    struct waited waited = refused_at(0, refusal);

    assert_true(waited_has_news(&waited));
    waited_tell(&waited, 0, false);
    assert_false(waited_has_news(&waited));
    words[0] = 'R'; /* of the next attempt: what was told stays as it was */
    assert_false(waited_has_news(&waited));
    waited_note(&waited, &refusal, 1);
    assert_true(waited_has_news(&waited));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grace_each_kind_has_its_own),
        cmocka_unit_test(grace_of_a_missing_database_ends_at_once_where_it_is_made),
        cmocka_unit_test(grace_counts_from_the_first_refusal_of_its_class),
        cmocka_unit_test(news_are_another_reason_than_the_one_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
