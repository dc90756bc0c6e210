/*
 * tests/support/machine_page - docs/state-machine.md, printed from the table that PID 1 runs by
 */
#include <stdio.h>

#include "base/compiler.h"
#include "entrypoint/machine.h"

static const struct machine_cell *cell_of(int state, int event)
{
    return machine_cell((enum machine_state)state, (enum machine_event)event);
}

static bool is_possible(int state, int event)
{
    return machine_is_possible((enum machine_state)state, (enum machine_event)event);
}

static const char *state_name(int state)
{
    return machine_state_name((enum machine_state)state);
}

/* Mermaid takes no dash in a state's name. */
static void print_state_word(int state)
{
    for (const char *c = state_name(state); *c; c++)
        putchar(*c == '-' ? '_' : *c);
}

/* One arrow for each pair of states, its events one below the other. */
static void print_arrow(int from, int to)
{
    bool is_first = true;

    for (int event = 0; event < EVENT_COUNT; event++) {
        if (!is_possible(from, event) || (int)cell_of(from, event)->next != to)
            continue;
        if (is_first) {
            printf("    ");
            print_state_word(from);
            printf(" --> ");
            print_state_word(to);
            printf(": ");
        }
        printf("%s%s", is_first ? "" : "<br>", machine_event_meaning((enum machine_event)event));
        is_first = false;
    }
    if (!is_first)
        printf("\n");
}

static void print_diagram(void)
{
    printf("```mermaid\nstateDiagram-v2\n    [*] --> %s\n", state_name(STATE_PREPARING));
    for (int from = 0; from < STATE_ENDED; from++) {
        for (int to = 0; to < STATE_COUNT; to++) {
            if (to != from)
                print_arrow(from, to);
        }
    }
    printf("    %s --> [*]\n```\n", state_name(STATE_ENDED));
}

static void print_actions(unsigned actions)
{
    bool is_first = true;

    for (int i = 0; i < ACTION_COUNT; i++) {
        if (!(actions & (1U << i)))
            continue;
        printf("%s%s", is_first ? "" : ", ", machine_action_name((enum machine_action)(1 << i)));
        is_first = false;
    }
}

static void print_cell(int state, int event)
{
    const struct machine_cell *cell = cell_of(state, event);

    printf("| %s | %s | ", machine_event_meaning((enum machine_event)event), cell->sentence);
    print_actions(cell->actions);
    printf(" | %s |\n", (int)cell->next == state ? "" : state_name((int)cell->next));
}

static void print_state(int state)
{
    printf("\n## %s\n\n| when | the log says | what is done | next |\n|---|---|---|---|\n",
           state_name(state));
    for (int event = 0; event < EVENT_COUNT; event++) {
        if (is_possible(state, event))
            print_cell(state, event);
    }
}

int main(void)
{
    printf(
        "# The state machine of PID 1\n\n"
        "Printed by `make docs-machine` from the table in `entrypoint/machine.c`. What is not in "
        "a state's table\ncannot happen there; if it did, it would be logged and change "
        "nothing. Arrows that lead back to\ntheir own state are left out of the picture.\n\n");
    print_diagram();
    for (int state = 0; state < STATE_ENDED; state++)
        print_state(state);
    return 0;
}
