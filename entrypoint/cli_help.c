#include <stddef.h>
#include <string.h>

#include "conf/options.h"
#include "entrypoint/cli.h"

enum { HELP_WIDTH = 80, HELP_INDENT = 6 };

void cli_print_usage(FILE *out)
{
    fputs("Usage: migrinit [options] [--] COMMAND [ARG...]\n"
          "       migrinit [options] migrate | status [--json] | verify | config\n"
          "       migrinit [options] plan [--sql | --try]\n"
          "       migrinit [options] plan --down [N] [--sql] [--step=NAME]\n"
          "       migrinit [options] down [N] [--step=NAME]\n"
          "       migrinit [options] resolve --applied NAME | --rolled-back NAME\n"
          "       migrinit [options] baseline [NAME]\n"
          "       migrinit [options] wait [-- COMMAND [ARG...]]\n"
          "       migrinit health [--ready | --live | --startup]\n"
          "       migrinit --help | --version | --license\n",
          out);
}

static void print_verbs(FILE *out)
{
    fputs("\nWaits for PostgreSQL, applies pending migrations, then runs COMMAND: supervised\n"
          "as the init of a container when it is PID 1, by exec otherwise.\n"
          "\n"
          "  COMMAND           wait, migrate as AUTO_MIGRATE says, run COMMAND\n"
          "  migrate           wait, migrate, end; for init containers, jobs and CI\n"
          "  wait              wait for the database and the other targets only\n"
          "  status            what is applied and pending; exit 0 when all is current\n"
          "  plan              what would be run, in order, with its SQL\n"
          "  down [N]          undo the last N (1) migrations with their down scripts; of\n"
          "                    several steps in the last one with a folder, or in --step's\n"
          "  verify            exit 0 when the schema is current, else 1 and why\n"
          "  resolve           after a repair by hand: record a migration as applied, or\n"
          "                    as rolled back; the schema is not touched\n"
          "  baseline          on a database that existed before: record all migrations,\n"
          "                    or those up to NAME, as applied; nothing is run\n"
          "  config            every setting, its value, and where it came from\n"
          "  health            asks the running init: exit 0 when the app is ready, else 1\n"
          "\n"
          "  --config=FILE     the INI file; otherwise the one that MIGRINIT_CONFIG names,\n"
          "                    or /etc/migrinit.ini if there is one\n"
          "  --json            status as one JSON object\n"
          "  --sql             plan as nothing but the SQL that would be sent\n"
          "  --try             plan by really running it, in a transaction that is rolled\n"
          "                    back: each statement's time and the locks that it took\n"
          "  --down            plan of what `down` would undo\n"
          "  --applied=NAME, --rolled-back=NAME\n"
          "                    of resolve: what is so of migration NAME of status\n"
          "  --step=NAME       of resolve, baseline and down: [migrate:NAME], where several\n"
          "                    could be meant\n"
          "  --live            health: PID 1 answers, whatever the phase\n"
          "  --startup         health: waiting and migrating are fine as well\n"
          "  -g, -s, -e CODE, -p SIGNAL, -v, -w\n"
          "                    as tini has them: --app-signal-to=group,\n"
          "                    --app-mode=supervise, --app-exit-codes=CODE (each -e one\n"
          "                    more), --app-parent-death-signal=SIGNAL, and for both -v and\n"
          "                    -w --log-level=debug\n"
          "  -h, --help        this text\n"
          "  -V, --version     the version\n"
          "  --license         the licence, and those of the libraries that are linked in\n",
          out);
}

static void print_exit_codes(FILE *out)
{
    fputs("\nExit code: COMMAND's own, 128+n after signal n, 127 when it is not found, 126\n"
          "when it cannot be run. Of migrinit's own work: 0 done, 1 a migration failed,\n"
          "64 usage, 69 the database did not come in time, 75 the lock was not had in\n"
          "time, 77 refused, 78 wrong settings or migrations.\n",
          out);
}

static const char *value_name(const struct option *option)
{
    static const char *const names[] = {
        [OPTION_TEXT] = "TEXT",
        [OPTION_SECRET] = "SECRET",
        [OPTION_BOOL] = "BOOL",
        [OPTION_INT] = "NUMBER",
        [OPTION_DURATION] = "TIME",
        [OPTION_CHOICE] = "WORD",
        [OPTION_LIST] = "WORD[,WORD...]",
        [OPTION_FILES] = "NAME:/PATH[,...]",
        [OPTION_SIGNAL] = "SIGNAL",
        [OPTION_SIGNALS] = "SIGNAL:SIGNAL[,...]",
        [OPTION_CODES] = "CODE:CODE[,...]",
    };

    return names[option->type];
}

/* Print words, going to the next line before the margin. Gives the column. */
static size_t print_wrapped(FILE *out, size_t column, const char *text)
{
    struct slice rest = slice_from(text);

    while (rest.len) {
        size_t len = slice_find(rest, ' ');

        if (column > HELP_INDENT && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        }
        if (column > HELP_INDENT) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, rest.ptr);
        column += len;
        rest = slice_sub(rest, len < rest.len ? len + 1 : len, rest.len);
    }
    return column;
}

static void print_choices(FILE *out, const struct option *option)
{
    if (option->type != OPTION_CHOICE) {
        fputs(value_name(option), out);
        return;
    }
    for (size_t i = 0; i < OPTION_CHOICES_MAX && option->choices[i]; i++)
        fprintf(out, "%s%s", i ? "|" : "", option->choices[i]);
}

/* "  --wait-timeout=TIME  (60s)"; a secret has no flag, and stands by its key in the INI file. */
static void print_option_head(FILE *out, const struct option *option)
{
    char name[64];

    option_flag_name(option, name, sizeof name);
    if (option->flags & OPTION_NO_FLAG)
        fprintf(out, "  [%s] %s=", option->section, option->key);
    else
        fprintf(out, "  --%s=", name);
    print_choices(out, option);
    if (option->default_value)
        fprintf(out, "  (%s)", option->default_value);
    fputc('\n', out);
}

static void print_option_names(FILE *out, const struct option *option)
{
    char name[96];
    size_t column;

    option_env_name(option, name, sizeof name);
    fprintf(out, "%*s", HELP_INDENT, "");
    column = print_wrapped(out, HELP_INDENT, name);
    for (size_t i = 0; i < OPTION_ALIASES_MAX && option->aliases[i]; i++)
        column = print_wrapped(out, column, option->aliases[i]);
    if (option->flags & OPTION_HAS_FILE)
        print_wrapped(out, column, "(each also with _FILE)");
    fputc('\n', out);
}

static void print_option(FILE *out, const struct option *option)
{
    print_option_head(out, option);
    fprintf(out, "%*s", HELP_INDENT, "");
    print_wrapped(out, HELP_INDENT, option->help);
    fputc('\n', out);
    print_option_names(out, option);
}

static void print_settings(FILE *out)
{
    const char *section = "";

    fputs("\nSettings, with (default), and their names in the environment. In the INI file\n"
          "--wait-timeout is the key `timeout` of section [wait]. A flag wins over the\n"
          "environment, the environment over the INI file. TIME is 500ms, 30s, 5m or 1h.\n",
          out);
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(options[i].section, section) != 0)
            fprintf(out, "\n[%s]\n", options[i].section);
        section = options[i].section;
        print_option(out, &options[i]);
    }
}

void cli_print_help(FILE *out)
{
    cli_print_usage(out);
    print_verbs(out);
    print_settings(out);
    print_exit_codes(out);
}

void cli_print_version(FILE *out)
{
    fprintf(out, "migrinit %s\n", MIGRINIT_VERSION);
}
