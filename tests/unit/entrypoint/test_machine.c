/* Every cell of the table is walked; what must hold for all of them is said once each. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "entrypoint/machine.h"

#define EACH_CELL(state, event)                                                                    \
    for (int state = 0; state < STATE_COUNT; state++)                                              \
        for (int event = 0; event < EVENT_COUNT; event++)

static const struct machine_cell *cell_of(int state, int event)
{
    return machine_cell((enum machine_state)state, (enum machine_event)event);
}

static void cell_every_is_filled(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        assert_non_null(cell_of(state, event)->sentence);
        assert_in_range(cell_of(state, event)->next, 0, STATE_COUNT - 1);
    }
}

static void cell_ends_exactly_when_it_leads_to_ended(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        const struct machine_cell *cell = cell_of(state, event);
        unsigned endings = cell->actions & ACTIONS_THAT_END;

        if (state != STATE_ENDED)
            assert_int_equal(endings != 0, cell->next == STATE_ENDED);
        assert_int_equal(endings & (endings - 1), 0);
    }
}

static void app_is_started_by_one_cell_only(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        bool starts = cell_of(state, event)->actions & ACTION_START_APP;

        assert_int_equal(starts, state == STATE_PREPARING && event == EVENT_PREPARED_START);
    }
}

static void stopped_preparation_can_only_end_by_its_signal(void **unused)
{
    (void)unused;
    for (int event = 0; event < EVENT_COUNT; event++) {
        const struct machine_cell *cell = cell_of(STATE_STOPPING_PREPARER, event);

        assert_true(cell->next == STATE_STOPPING_PREPARER || cell->next == STATE_ENDED);
        if (cell->next == STATE_ENDED)
            assert_int_equal(cell->actions, ACTION_END_BY_SIGNAL);
    }
}

static void signal_code_is_used_only_where_a_signal_was_kept(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        const struct machine_cell *cell = cell_of(state, event);

        if (cell->actions & ACTION_END_BY_SIGNAL)
            assert_int_equal(state, STATE_STOPPING_PREPARER);
        if (cell->next == STATE_STOPPING_PREPARER && state != STATE_STOPPING_PREPARER)
            assert_true(cell->actions & ACTION_KEEP_SIGNAL);
    }
}

static void stop_signals_stop_a_preparation_and_the_second_kills(void **unused)
{
    static const int stops[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

    (void)unused;
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        enum machine_event event = machine_signal_event(stops[i]);

        assert_int_equal(machine_cell(STATE_PREPARING, event)->next, STATE_STOPPING_PREPARER);
        assert_true(machine_cell(STATE_PREPARING, event)->actions & ACTION_TERM_PREPARER);
        assert_true(machine_cell(STATE_PREPARING, event)->actions & ACTION_ARM_GRACE);
        assert_int_equal(machine_cell(STATE_STOPPING_PREPARER, event)->actions,
                         ACTION_KILL_PREPARER);
    }
}

static void signals_are_forwarded_whenever_the_app_is_up(void **unused)
{
    (void)unused;
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        enum machine_event event = machine_signal_event(signal);

        assert_true(machine_cell(STATE_RUNNING, event)->actions & ACTION_FORWARD);
        assert_true(machine_cell(STATE_STOPPING_APP, event)->actions & ACTION_FORWARD);
        assert_false(machine_cell(STATE_PREPARING, event)->actions & ACTION_FORWARD);
        assert_false(machine_cell(STATE_STOPPING_PREPARER, event)->actions & ACTION_FORWARD);
    }
}

static void only_term_and_int_begin_the_end_of_a_running_app(void **unused)
{
    (void)unused;
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        const struct machine_cell *cell = machine_cell(STATE_RUNNING, machine_signal_event(signal));
        bool is_stop = signal == SIGTERM || signal == SIGINT;

        assert_int_equal(cell->next, is_stop ? STATE_STOPPING_APP : STATE_RUNNING);
        assert_int_equal((cell->actions & ACTION_ARM_STOP_TIMEOUT) != 0, is_stop);
    }
}

static void timer_kills_whom_it_was_armed_for(void **unused)
{
    (void)unused;
    assert_int_equal(machine_cell(STATE_STOPPING_PREPARER, EVENT_TIMER)->actions,
                     ACTION_KILL_PREPARER);
    assert_int_equal(machine_cell(STATE_STOPPING_APP, EVENT_TIMER)->actions, ACTION_KILL_APP);
}

static void app_code_is_the_end_code_also_after_a_stop(void **unused)
{
    (void)unused;
    assert_int_equal(machine_cell(STATE_RUNNING, EVENT_APP_ENDED)->actions, ACTION_END_BY_APP);
    assert_int_equal(machine_cell(STATE_STOPPING_APP, EVENT_APP_ENDED)->actions, ACTION_END_BY_APP);
    assert_int_equal(machine_cell(STATE_RUNNING, EVENT_APP_UNSTARTABLE)->actions,
                     ACTION_END_BY_APP);
}

static void ended_is_final(void **unused)
{
    (void)unused;
    for (int event = 0; event < EVENT_COUNT; event++) {
        assert_int_equal(cell_of(STATE_ENDED, event)->next, STATE_ENDED);
        assert_int_equal(cell_of(STATE_ENDED, event)->actions, 0);
    }
}

static void every_state_can_still_end(void **unused)
{
    bool ends[STATE_COUNT] = {[STATE_ENDED] = true};

    (void)unused;
    for (int round = 0; round < STATE_COUNT; round++)
        EACH_CELL(state, event)
        {
            if (ends[cell_of(state, event)->next])
                ends[state] = true;
        }
    for (int state = 0; state < STATE_COUNT; state++)
        assert_true(ends[state]);
}

static void names_are_all_there(void **unused)
{
    (void)unused;
    for (int state = 0; state < STATE_COUNT; state++)
        assert_non_null(machine_state_name((enum machine_state)state));
    for (int event = 0; event < EVENT_COUNT; event++)
        assert_non_null(machine_event_name((enum machine_event)event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cell_every_is_filled),
        cmocka_unit_test(cell_ends_exactly_when_it_leads_to_ended),
        cmocka_unit_test(app_is_started_by_one_cell_only),
        cmocka_unit_test(stopped_preparation_can_only_end_by_its_signal),
        cmocka_unit_test(signal_code_is_used_only_where_a_signal_was_kept),
        cmocka_unit_test(stop_signals_stop_a_preparation_and_the_second_kills),
        cmocka_unit_test(signals_are_forwarded_whenever_the_app_is_up),
        cmocka_unit_test(only_term_and_int_begin_the_end_of_a_running_app),
        cmocka_unit_test(timer_kills_whom_it_was_armed_for),
        cmocka_unit_test(app_code_is_the_end_code_also_after_a_stop),
        cmocka_unit_test(ended_is_final),
        cmocka_unit_test(every_state_can_still_end),
        cmocka_unit_test(names_are_all_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
