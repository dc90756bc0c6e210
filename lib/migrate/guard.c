#include "migrate/guard.h"

#include "formats/directive.h"
#include "sql/lexer.h"
#include "sql/loss.h"

const char *const guard_event = "migration.destructive";

enum { ALL_KINDS = (1 << LOSS_KIND_COUNT) - 1 };

struct look {
    const struct source *source;
    struct plan *plan;
    struct arena *arena;
    struct guard guard;
};

static void tell(struct look *look, const char *text)
{
    remark_add(&look->plan->remarks, look->arena,
               (struct remark){.is_warning = true, .text = text, .event = guard_event});
}

/* --- permissions ------------------------------------------------------------------------- */

static const char *all_kinds(struct arena *arena)
{
    struct buf names = buf_in(arena);

    for (size_t i = 0; i < LOSS_KIND_COUNT; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", loss_kind_name((enum loss_kind)i));
    return buf_text(&names);
}

static unsigned read_kinds(struct look *look, const struct migration *file, struct slice words)
{
    unsigned allowed = 0;
    enum loss_kind kind;
    struct slice word;

    if (!words.len)
        return ALL_KINDS;
    while (slice_next_word(&words, &word)) {
        if (loss_kind_parse(word, &kind))
            allowed |= 1U << kind;
        else
            tell(look, arena_printf(look->arena,
                                    "%s/%s: allow-destructive does not know \"%.*s\": there are %s",
                                    source_folder(look->source, file), file->path, SLICE_ARG(word),
                                    all_kinds(look->arena)));
    }
    return allowed;
}

/* Down to the first statement of this part of the file. */
static unsigned read_permissions(struct look *look, const struct migration *file, struct slice part)
{
    struct slice comment, rest, word = {0};
    unsigned allowed = 0;
    size_t at = 0;

    while (sql_line_comment_next(part, &at, &comment)) {
        if (directive_match_own(comment, &rest) && slice_next_word(&rest, &word) &&
            slice_equal_text(word, "allow-destructive"))
            allowed |= read_kinds(look, file, slice_trim(rest));
    }
    return allowed;
}

/* A tool's own mark may come first, and what is run begin below it. */
static unsigned allowed_in(struct look *look, const struct migration *file)
{
    unsigned allowed = read_permissions(look, file, file->source);

    return file->up.ptr == file->source.ptr ? allowed
                                            : allowed | read_permissions(look, file, file->up);
}

/* --- findings ---------------------------------------------------------------------------- */

static void add_finding(struct look *look, const struct migration *file,
                        const struct sql_statement *statement, const struct loss *loss)
{
    const char *place = outgoing_place(look->source, file, statement, loss->at, look->arena);
    const char *what =
        loss_sentence(loss->kind, outgoing_as_written(file, statement, loss->object),
                      outgoing_as_written(file, statement, loss->column), look->arena);
    const char *kind = loss_kind_name(loss->kind);

    tell(look, arena_printf(look->arena, "%s: %s (%s)", place, what, kind));
    if (look->source->step->destructive != DESTRUCTIVE_REFUSE || !loss_is_certain(loss->kind))
        return;
    if (!look->guard.refused_count++) {
        look->guard.place = place;
        look->guard.what = what;
        look->guard.kind = kind;
    }
}

static void judge_file(struct look *look, const struct migration *file, struct made *made)
{
    struct sql_statements statements = outgoing_statements(file, look->arena);
    unsigned allowed = allowed_in(look, file);

    for (size_t i = 0; i < statements.count; i++) {
        struct loss_list losses = {0};

        loss_judge(statements.items[i].text, made, &losses);
        for (size_t k = 0; k < losses.count; k++)
            if (!(allowed & (1U << losses.items[k].kind)))
                add_finding(look, file, &statements.items[i], &losses.items[k]);
    }
    made_end_file(made);
}

/* When a script runs among the migrations is not looked at: what they make does not excuse it. */
struct guard guard_look(const struct source *source, struct plan *plan, struct arena *arena)
{
    struct look look = {.source = source, .plan = plan, .arena = arena};
    struct outgoing outgoing;
    struct made made = made_in(arena);

    if (source->step->destructive == DESTRUCTIVE_OFF)
        return look.guard;
    outgoing = outgoing_of(source, plan, arena);
    for (size_t i = 0; i < outgoing.count; i++) {
        if (i >= outgoing.migration_count)
            made_forget_all(&made);
        judge_file(&look, outgoing.files[i], &made);
    }
    return look.guard;
}

bool guard_check(const struct guard *guard, struct error *err)
{
    if (!guard->refused_count)
        return true;
    error_set(err, ERR_MIGRATION, "%s", guard->what);
    if (guard->refused_count > 1)
        error_detail(err, "%zu more: migrinit status", guard->refused_count - 1);
    error_hint(err,
               "[migrate] destructive = refuse stops before anything is applied; if it is meant, "
               "say so above the file's first statement: -- migrinit: allow-destructive %s",
               guard->kind);
    return error_wrap(err, "%s", guard->place);
}
