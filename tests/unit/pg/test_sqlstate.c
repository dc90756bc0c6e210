#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pg/sqlstate.h"

static void sqlstate_questions_by_table(void **state)
{
    (void)state;
    assert_true(sqlstate_is_retryable("40001"));
    assert_true(sqlstate_is_retryable("40P01"));
    assert_true(sqlstate_is_retryable("55P03"));
    assert_false(sqlstate_is_retryable("55006"));
    assert_false(sqlstate_is_retryable(""));
    assert_true(sqlstate_is_connection_loss("08006"));
    assert_true(sqlstate_is_connection_loss("57P01"));
    assert_true(sqlstate_is_connection_loss("57P05"));
    assert_true(sqlstate_is_connection_loss("25P03"));
    assert_false(sqlstate_is_connection_loss("57014"));
    assert_false(sqlstate_is_connection_loss("25P02"));
    assert_false(sqlstate_is_connection_loss(""));
    assert_non_null(sqlstate_hint("25001"));
    assert_null(sqlstate_hint("42703"));
    assert_null(sqlstate_hint(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlstate_questions_by_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
