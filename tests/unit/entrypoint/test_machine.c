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

static void app_is_started_after_preparing_and_after_a_pause_only(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        bool starts = cell_of(state, event)->actions & ACTION_START_APP;

        assert_int_equal(starts, (state == STATE_PREPARING && event == EVENT_PREPARED_START) ||
                                     (state == STATE_PAUSING && event == EVENT_TIMER));
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

static void second_stop_kills_a_running_app_only_within_its_timeout(void **unused)
{
    (void)unused;
    assert_int_equal(machine_cell(STATE_STOPPING_APP, EVENT_STOP)->actions, ACTION_FORWARD);
    assert_int_equal(machine_cell(STATE_STOPPING_APP, EVENT_STOP_AGAIN)->actions, ACTION_KILL_APP);
}

static void terminal_stop_is_passed_on_and_followed(void **unused)
{
    const unsigned wanted = ACTION_FORWARD | ACTION_STOP_SELF;

    (void)unused;
    EACH_CELL(state, event)
    {
        bool is_up = state == STATE_RUNNING || state == STATE_STOPPING_APP;

        assert_int_equal((cell_of(state, event)->actions & wanted) == wanted,
                         is_up && event == EVENT_TERMINAL_STOP);
    }
}

static void timer_kills_whom_it_was_armed_for(void **unused)
{
    static const unsigned kills[STATE_COUNT] = {
        [STATE_STOPPING_PREPARER] = ACTION_KILL_PREPARER,
        [STATE_STOPPING_APP] = ACTION_KILL_APP,
        [STATE_CLEARING] = ACTION_KILL_LEFTOVERS,
        [STATE_DRAINING] = ACTION_KILL_LEFTOVERS,
        [STATE_STOPPING_LEFTOVERS] = ACTION_KILL_LEFTOVERS,
    };
    const unsigned any = ACTION_KILL_PREPARER | ACTION_KILL_APP | ACTION_KILL_LEFTOVERS;

    (void)unused;
    for (int state = 0; state < STATE_COUNT; state++)
        assert_int_equal(cell_of(state, EVENT_TIMER)->actions & any, kills[state]);
}

/* A state is left by the time that was armed on the way into it, or not by time at all. */
static void timer_is_expected_exactly_where_it_was_armed(void **unused)
{
    const unsigned arms =
        ACTION_ARM_GRACE | ACTION_ARM_STOP_TIMEOUT | ACTION_DRAIN | ACTION_ARM_PAUSE;
    bool is_armed[STATE_COUNT] = {false};

    (void)unused;
    EACH_CELL(state, event)
    {
        const struct machine_cell *cell = cell_of(state, event);

        if (cell->actions & arms)
            is_armed[cell->next] = true;
    }
    for (int state = 0; state < STATE_ENDED; state++)
        assert_int_equal(machine_is_possible((enum machine_state)state, EVENT_TIMER),
                         is_armed[state]);
}

static void app_code_is_the_end_code_once_it_ran(void **unused)
{
    (void)unused;
    EACH_CELL(state, event)
    {
        unsigned endings = cell_of(state, event)->actions & ACTIONS_THAT_END;

        if (endings)
            assert_int_equal(endings == ACTION_END_BY_APP,
                             state != STATE_PREPARING && state != STATE_STOPPING_PREPARER);
    }
}

static void app_that_ended_is_drained_whatever_follows(void **unused)
{
    (void)unused;
    assert_int_equal(machine_cell(STATE_RUNNING, EVENT_APP_ENDED)->actions, ACTION_DRAIN);
    assert_int_equal(machine_cell(STATE_RUNNING, EVENT_APP_AGAIN)->actions, ACTION_DRAIN);
    assert_int_equal(machine_cell(STATE_STOPPING_APP, EVENT_APP_ENDED)->actions, ACTION_DRAIN);
    assert_false(machine_is_possible(STATE_STOPPING_APP, EVENT_APP_AGAIN));
}

/* From everywhere, two stop signals and the deaths that follow lead to the end. */
static void stop_signals_always_lead_to_the_end(void **unused)
{
    (void)unused;
    for (int start = 0; start < STATE_ENDED; start++) {
        static const enum machine_event ends[] = {EVENT_STOP, EVENT_STOP, EVENT_PREPARED_START,
                                                  EVENT_APP_ENDED, EVENT_ALONE};
        int state = start;

        for (size_t i = 0; i < COUNT_OF(ends); i++) {
            if (state != STATE_ENDED && machine_is_possible((enum machine_state)state, ends[i]))
                state = cell_of(state, ends[i])->next;
            assert_true(state != STATE_RUNNING && state != STATE_PAUSING);
        }
        assert_int_equal(state, STATE_ENDED);
    }
}

/* What brings the next event by itself must be the last that a cell does. */
static void nothing_is_done_behind_an_action_that_dispatches(void **unused)
{
    const unsigned last = ACTION_START_APP | ACTION_DRAIN | ACTIONS_THAT_END;

    (void)unused;
    EACH_CELL(state, event)
    {
        unsigned lasts = cell_of(state, event)->actions & last;

        assert_int_equal(lasts & (lasts - 1), 0);
    }
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
    for (int event = 0; event < EVENT_COUNT; event++) {
        assert_non_null(machine_event_name((enum machine_event)event));
        assert_non_null(machine_event_meaning((enum machine_event)event));
    }
    for (int action = 0; action < ACTION_COUNT; action++)
        assert_non_null(machine_action_name((enum machine_action)(1 << action)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cell_every_is_filled),
        cmocka_unit_test(cell_ends_exactly_when_it_leads_to_ended),
        cmocka_unit_test(app_is_started_after_preparing_and_after_a_pause_only),
        cmocka_unit_test(stopped_preparation_can_only_end_by_its_signal),
        cmocka_unit_test(signal_code_is_used_only_where_a_signal_was_kept),
        cmocka_unit_test(stop_signals_stop_a_preparation_and_the_second_kills),
        cmocka_unit_test(signals_are_forwarded_whenever_the_app_is_up),
        cmocka_unit_test(only_term_and_int_begin_the_end_of_a_running_app),
        cmocka_unit_test(second_stop_kills_a_running_app_only_within_its_timeout),
        cmocka_unit_test(terminal_stop_is_passed_on_and_followed),
        cmocka_unit_test(timer_kills_whom_it_was_armed_for),
        cmocka_unit_test(timer_is_expected_exactly_where_it_was_armed),
        cmocka_unit_test(app_code_is_the_end_code_once_it_ran),
        cmocka_unit_test(app_that_ended_is_drained_whatever_follows),
        cmocka_unit_test(stop_signals_always_lead_to_the_end),
        cmocka_unit_test(nothing_is_done_behind_an_action_that_dispatches),
        cmocka_unit_test(ended_is_final),
        cmocka_unit_test(every_state_can_still_end),
        cmocka_unit_test(names_are_all_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
