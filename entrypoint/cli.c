#include "entrypoint/cli.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "entrypoint/cli_short.h"

static const struct verb {
    const char *word;
    enum cli_verb verb;
    bool takes_argument; /* one word more, or none */
} verbs[] = {
    {"migrate", VERB_MIGRATE, false}, {"wait", VERB_WAIT, false},
    {"status", VERB_STATUS, false},   {"plan", VERB_PLAN, false},
    {"verify", VERB_VERIFY, false},   {"down", VERB_DOWN, true},
    {"resolve", VERB_RESOLVE, false}, {"baseline", VERB_BASELINE, true},
    {"config", VERB_CONFIG, false},   {"help", VERB_HELP, false},
    {"version", VERB_VERSION, false}, {"health", VERB_HEALTH, false},
};

/* Options that are one verb's own: they say how to answer, or bring a text. */
static const struct own_option {
    const char *name;
    size_t text; /* where in struct cli the text goes; 0: it brings none */
    enum cli_verb verb;
    enum answer answer;
    enum health_question question;
    bool is_about_down;
} own_options[] = {
    {"json", .verb = VERB_STATUS, .answer = ANSWER_JSON},
    {"sql", .verb = VERB_PLAN, .answer = ANSWER_SQL},
    {"try", .verb = VERB_PLAN, .answer = ANSWER_TRY},
    {"applied", .verb = VERB_RESOLVE, .text = offsetof(struct cli, applied)},
    {"rolled-back", .verb = VERB_RESOLVE, .text = offsetof(struct cli, rolled_back)},
    {"down", .verb = VERB_PLAN, .is_about_down = true},
    {"step", .verb = VERB_PLAN, .text = offsetof(struct cli, step)},
    {"step", .verb = VERB_DOWN, .text = offsetof(struct cli, step)},
    {"step", .verb = VERB_RESOLVE, .text = offsetof(struct cli, step)},
    {"step", .verb = VERB_BASELINE, .text = offsetof(struct cli, step)},
    {"ready", .verb = VERB_HEALTH, .question = HEALTH_READY},
    {"live", .verb = VERB_HEALTH, .question = HEALTH_LIVE},
    {"startup", .verb = VERB_HEALTH, .question = HEALTH_STARTUP},
};

struct parser {
    char *const *next; /* the word to look at */
    struct arena *arena;
    struct cli *cli;
    size_t flag_capacity;
};

/* ---- options ---- */

static bool is_option(const char *word)
{
    return word && word[0] == '-' && word[1] != '\0' && strcmp(word, "--") != 0;
}

static void add_flag(struct parser *parser, const char *name, const char *value)
{
    struct cli *cli = parser->cli;

    cli->flags = arena_grow(parser->arena, cli->flags, &parser->flag_capacity, cli->flag_count,
                            sizeof *cli->flags);
    cli->flags[cli->flag_count++] = (struct flag_value){.name = name, .value = value};
}

static bool refuse_unknown(const char *word, const char *name, struct error *err)
{
    char nearest[64];

    error_set(err, ERR_USAGE, "unknown option %s", word);
    if (option_nearest_flag(name, nearest, sizeof nearest))
        error_hint(err, "did you mean --%s?", nearest);
    else
        error_hint(err, "migrinit --help lists the options; options of COMMAND go behind it");
    return false;
}

static bool refuse_secret(const struct option *option, const char *name, struct error *err)
{
    char variable[96];

    option_env_name(option, variable, sizeof variable);
    error_set(err, ERR_USAGE, "--%s is not an option: ps(1) would show the secret", name);
    error_hint(err, "set %s in the environment", variable);
    return false;
}

/* Take the value behind `=`, or else the next word. */
static bool take_value(struct parser *parser, const char *name, const char *inline_value,
                       const char **value, struct error *err)
{
    if (!inline_value && !*parser->next)
        return error_set(err, ERR_USAGE, "--%s needs a value", name);
    *value = inline_value ? inline_value : *parser->next++;
    return true;
}

static bool parse_setting(struct parser *parser, const char *word, const char *name,
                          const char *inline_value, struct error *err)
{
    const struct option *option = option_of_flag(slice_from(name));
    const char *value = inline_value;

    if (!option)
        return refuse_unknown(word, name, err);
    if (option->flags & OPTION_NO_FLAG)
        return refuse_secret(option, name, err);
    if (option->type != OPTION_BOOL && !take_value(parser, name, inline_value, &value, err))
        return false;
    add_flag(parser, name, value);
    return true;
}

static void add_to_flag(struct parser *parser, const char *name, const char *value)
{
    struct cli *cli = parser->cli;

    for (size_t i = 0; i < cli->flag_count; i++) {
        struct flag_value *flag = &cli->flags[i];

        if (strcmp(flag->name, name) == 0) {
            flag->value = arena_printf(parser->arena, "%s,%s", flag->value, value);
            return;
        }
    }
    add_flag(parser, name, value);
}

static bool take_letter_value(struct parser *parser, const struct short_option *option,
                              const char *inline_value, struct error *err)
{
    const char *value;

    if (!inline_value && !*parser->next)
        return error_set(err, ERR_USAGE, "-%c needs a value: it is --%s", option->letter,
                         option->flag);
    value = inline_value ? inline_value : *parser->next++;
    if (option->adds_up)
        add_to_flag(parser, option->flag, value);
    else
        add_flag(parser, option->flag, value);
    return true;
}

static bool parse_letters(struct parser *parser, const char *word, struct error *err)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct short_option *option = cli_short_option(*letter);

        if (!option)
            return refuse_unknown(word, word + 1, err);
        if (!option->value)
            return take_letter_value(parser, option, letter[1] ? letter + 1 : NULL, err);
        add_flag(parser, option->flag, option->value);
    }
    return true;
}

static bool is_short(const char *word, const char *short_name, const char *long_name)
{
    return strcmp(word, short_name) == 0 || strcmp(word, long_name) == 0;
}

static const struct own_option *find_own_option(enum cli_verb verb, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(own_options); i++)
        if (own_options[i].verb == verb && strcmp(own_options[i].name, name) == 0)
            return &own_options[i];
    return NULL;
}

static bool take_own_option(struct parser *parser, const struct own_option *option,
                            const char *inline_value, struct error *err)
{
    struct cli *cli = parser->cli;

    if (option->text)
        return take_value(parser, option->name, inline_value,
                          (const char **)((char *)cli + option->text), err);
    if (inline_value)
        return error_set(err, ERR_USAGE, "--%s takes no value", option->name);
    if (option->is_about_down)
        cli->is_about_down = true;
    else if (option->verb == VERB_HEALTH)
        cli->question = option->question;
    else
        cli->answer = option->answer;
    return true;
}

static bool parse_option(struct parser *parser, struct error *err)
{
    const char *word = *parser->next++, *equals = strchr(word, '=');
    const char *name, *inline_value = equals ? equals + 1 : NULL;
    const struct own_option *own;

    if (is_short(word, "-h", "--help")) {
        parser->cli->verb = VERB_HELP;
        return true;
    }
    if (is_short(word, "-V", "--version")) {
        parser->cli->verb = VERB_VERSION;
        return true;
    }
    if (strcmp(word, "--license") == 0) {
        parser->cli->verb = VERB_LICENSE;
        return true;
    }
    if (strncmp(word, "--", 2) != 0)
        return parse_letters(parser, word, err);
    name = arena_text(parser->arena, (struct slice){word + 2, strcspn(word + 2, "=")});
    if (strcmp(name, "config") == 0)
        return take_value(parser, name, inline_value, &parser->cli->config_file, err);
    own = find_own_option(parser->cli->verb, name);
    return own ? take_own_option(parser, own, inline_value, err)
               : parse_setting(parser, word, name, inline_value, err);
}

static bool is_answered(const struct cli *cli)
{
    return cli->verb == VERB_HELP || cli->verb == VERB_VERSION || cli->verb == VERB_LICENSE;
}

static bool parse_options(struct parser *parser, struct error *err)
{
    while (is_option(*parser->next) && !is_answered(parser->cli)) {
        if (!parse_option(parser, err))
            return false;
    }
    return true;
}

/* ---- verb and COMMAND ---- */

static const struct verb *find_verb(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(word, verbs[i].word) == 0)
            return &verbs[i];
    return NULL;
}

static bool take_command(struct parser *parser, struct error *err)
{
    if (!*parser->next)
        return error_set(err, ERR_USAGE, "no COMMAND behind --");
    parser->cli->command = parser->next;
    return true;
}

/* The N of `down N` and `plan --down N`; 1 when it is not given. */
static bool take_count(struct cli *cli, struct error *err)
{
    const char *word = cli->argument;
    size_t count = word ? strtoul(word, NULL, 10) : 1;

    if (cli->answer == ANSWER_TRY)
        return error_set(err, ERR_USAGE, "--try is for what is pending: not for --down");
    if (count < 1 || (word && (strlen(word) > 9 || strspn(word, "0123456789") < strlen(word))))
        return error_set(err, ERR_USAGE, "down takes how many to undo, 1 or more: not '%s'", word);
    cli->down = (struct down_request){.count = count, .step = cli->step};
    return true;
}

static bool check_resolve(const struct cli *cli, struct error *err)
{
    if (!cli->applied != !cli->rolled_back)
        return true;
    error_set(err, ERR_USAGE, "resolve takes one of --applied NAME and --rolled-back NAME");
    error_hint(err, "NAME is a migration's, as migrinit status prints it");
    return false;
}

/* What a verb cannot do without, or only with another word. */
static bool check_words(struct cli *cli, struct error *err)
{
    if (cli->verb == VERB_DOWN || cli->is_about_down)
        return take_count(cli, err);
    if (cli->verb == VERB_PLAN && cli->step)
        return error_set(err, ERR_USAGE, "--step goes with plan --down only");
    return cli->verb != VERB_RESOLVE || check_resolve(cli, err);
}

static bool parse_argument(struct parser *parser, const struct verb *verb, struct error *err)
{
    bool takes_argument = verb->takes_argument || parser->cli->is_about_down;

    if (!takes_argument || !*parser->next || is_answered(parser->cli) ||
        strcmp(*parser->next, "--") == 0)
        return true;
    parser->cli->argument = *parser->next++;
    return parse_options(parser, err);
}

static bool parse_after_verb(struct parser *parser, const struct verb *verb, struct error *err)
{
    const char *word = verb->word;

    if (!parse_options(parser, err) || !parse_argument(parser, verb, err))
        return false;
    if (is_answered(parser->cli))
        return true;
    if (!*parser->next)
        return check_words(parser->cli, err);
    if (parser->cli->verb == VERB_WAIT && strcmp(*parser->next, "--") == 0) {
        parser->next++;
        return take_command(parser, err);
    }
    error_set(err, ERR_USAGE, "'%s' does not take '%s'", word, *parser->next);
    if (parser->cli->verb == VERB_WAIT)
        error_hint(err, "a COMMAND stands behind --: migrinit wait -- %s", *parser->next);
    else
        error_hint(err, "to run a program of that name: migrinit -- %s", word);
    return false;
}

bool cli_parse(int argc, char *const *argv, struct arena *arena, struct cli *cli, struct error *err)
{
    struct parser parser = {.next = argc > 0 ? argv + 1 : argv, .arena = arena, .cli = cli};
    const struct verb *verb;
    const char *word;

    *cli = (struct cli){.verb = VERB_RUN};
    if (!parse_options(&parser, err))
        return false;
    word = *parser.next;
    if (is_answered(cli))
        return true;
    if (!word)
        return error_set(err, ERR_USAGE, "no COMMAND given");
    if (strcmp(word, "--") == 0) {
        parser.next++;
        return take_command(&parser, err);
    }
    verb = find_verb(word);
    if (!verb)
        return take_command(&parser, err);
    cli->verb = verb->verb;
    parser.next++;
    return parse_after_verb(&parser, verb, err);
}
