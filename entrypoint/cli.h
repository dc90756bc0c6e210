/*
 * entrypoint/cli - the command line: verb, flags, COMMAND; and --help, made from the settings' rows
 *
 * Grammar    migrinit [options] [--] COMMAND [ARG...]
 *            migrinit [options] VERB [options] [ARGUMENT] [options]
 *            Options end at the first word that is none: COMMAND's own options need no `--`. What
 *            stands behind `--` is COMMAND, whatever its name. Options of one letter: cli_short.
 */
#ifndef MIGRINIT_ENTRYPOINT_CLI_H
#define MIGRINIT_ENTRYPOINT_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "conf/config.h"
#include "entrypoint/health.h"
#include "migrate/policy.h"

enum cli_verb {
    VERB_RUN, /* no verb: COMMAND */
    VERB_MIGRATE,
    VERB_WAIT,
    VERB_STATUS,
    VERB_PLAN,
    VERB_DOWN,
    VERB_VERIFY,
    VERB_RESOLVE,
    VERB_BASELINE,
    VERB_CONFIG,
    VERB_HEALTH,
    VERB_HELP,
    VERB_VERSION,
    VERB_LICENSE,
};

struct cli {
    enum cli_verb verb;
    const char *config_file; /* --config; NULL when not given */
    struct flag_value *flags;
    size_t flag_count;
    char *const *command; /* points into argv; NULL when there is none */
    enum answer answer;   /* of status and plan */
    enum health_question question;
    bool is_about_down; /* plan --down */
    struct down_request down;

    /* A verb's own words; NULL when not given. */
    const char *applied;     /* resolve --applied=NAME */
    const char *rolled_back; /* resolve --rolled-back=NAME */
    const char *step;        /* resolve, baseline, down --step=NAME */
    const char *argument;    /* the word behind the verb: baseline [NAME], down [N] */
};

/* Errors: ERR_USAGE, naming the nearest known option. */
bool cli_parse(int argc, char *const *argv, struct arena *arena, struct cli *cli,
               struct error *err) MUST_CHECK;

void cli_print_usage(FILE *out);
void cli_print_help(FILE *out);
void cli_print_version(FILE *out);

#endif
