#include "formats/alembic_graph.h"

#include <stdlib.h>
#include <string.h>

/* A text that stands for a node: its revision, or a label that it carries. */
struct name {
    const char *text;
    size_t node;
};

struct builder {
    const struct alembic_script *scripts;
    size_t count;
    struct arena *arena;
    struct name *revisions; /* sorted */
    struct name *labels;    /* sorted */
    size_t label_count;
    size_t **parents; /* of each script: indexes of scripts */
    size_t *parent_counts;
    bool *is_followed, *is_needed;
    const char **why;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *left = a, *right = b;

    return strcmp(left->text, right->text);
}

static void sort_names(struct name *names, size_t count)
{
    if (count)
        qsort(names, count, sizeof *names, compare_names);
}

static const struct name *find_name(const struct name *names, size_t count, const char *text)
{
    struct name key = {.text = text};

    return count ? bsearch(&key, names, count, sizeof *names, compare_names) : NULL;
}

static bool refuse(struct builder *builder, const char *why)
{
    *builder->why = why;
    return false;
}

static bool index_revisions(struct builder *builder)
{
    builder->revisions = arena_array(builder->arena, builder->count, sizeof *builder->revisions);
    for (size_t i = 0; i < builder->count; i++)
        builder->revisions[i] = (struct name){builder->scripts[i].revision, i};
    sort_names(builder->revisions, builder->count);
    for (size_t i = 1; i < builder->count; i++) {
        const struct name *a = &builder->revisions[i - 1], *b = &builder->revisions[i];

        if (strcmp(a->text, b->text) == 0)
            return refuse(builder, arena_printf(builder->arena, "%s and %s are both revision %s",
                                                builder->scripts[a->node].path,
                                                builder->scripts[b->node].path, a->text));
    }
    return true;
}

static void index_labels(struct builder *builder)
{
    size_t capacity = 0;

    for (size_t i = 0; i < builder->count; i++)
        for (size_t j = 0; j < builder->scripts[i].labels.count; j++) {
            builder->labels = arena_grow(builder->arena, builder->labels, &capacity,
                                         builder->label_count, sizeof *builder->labels);
            builder->labels[builder->label_count++] =
                (struct name){builder->scripts[i].labels.items[j], i};
        }
    sort_names(builder->labels, builder->label_count);
}

/* A revision, or (for depends_on) a label. */
static bool resolve(struct builder *builder, const char *text, bool may_be_label, size_t *node)
{
    const struct name *found = find_name(builder->revisions, builder->count, text);

    if (!found && may_be_label)
        found = find_name(builder->labels, builder->label_count, text);
    if (!found)
        return refuse(builder, arena_printf(builder->arena,
                                            "no file is the revision %s that others name", text));
    *node = found->node;
    return true;
}

static bool add_parents(struct builder *builder, size_t child, const struct alembic_names *names,
                        bool is_dependency)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t parent;

        if (!resolve(builder, names->items[i], is_dependency, &parent))
            return false;
        builder->parents[child][builder->parent_counts[child]++] = parent;
        builder->is_needed[parent] = true;
        builder->is_followed[parent] |= !is_dependency;
    }
    return true;
}

static bool link_scripts(struct builder *builder)
{
    builder->parents = arena_array(builder->arena, builder->count, sizeof *builder->parents);
    builder->parent_counts =
        arena_array(builder->arena, builder->count, sizeof *builder->parent_counts);
    builder->is_followed = arena_array(builder->arena, builder->count, sizeof(bool));
    builder->is_needed = arena_array(builder->arena, builder->count, sizeof(bool));
    for (size_t i = 0; i < builder->count; i++) {
        const struct alembic_script *script = &builder->scripts[i];

        builder->parents[i] =
            arena_array(builder->arena, script->down.count + script->depends.count, sizeof(size_t));
        if (!add_parents(builder, i, &script->down, false) ||
            !add_parents(builder, i, &script->depends, true))
            return false;
    }
    return true;
}

/* --- parents first ----------------------------------------------------------------------- */

struct order {
    size_t *positions; /* of each script among the nodes, + 1; 0: not placed yet */
    size_t placed;
    size_t *queue; /* of scripts whose parents are placed */
    size_t queued;
    bool *is_queued;
};

static struct order order_for(const struct builder *builder)
{
    return (struct order){
        .positions = arena_array(builder->arena, builder->count, sizeof(size_t)),
        .queue = arena_array(builder->arena, builder->count, sizeof(size_t)),
        .is_queued = arena_array(builder->arena, builder->count, sizeof(bool)),
    };
}

static void queue_if_ready(const struct builder *builder, struct order *order, size_t script)
{
    for (size_t i = 0; i < builder->parent_counts[script]; i++)
        if (!order->positions[builder->parents[script][i]])
            return;
    if (order->is_queued[script])
        return;
    order->is_queued[script] = true;
    order->queue[order->queued++] = script;
}

static void place(const struct builder *builder, struct order *order, size_t script,
                  struct alembic_graph *out)
{
    struct alembic_node *node = &out->nodes[order->placed++];
    size_t *parents = builder->parents[script];

    order->positions[script] = order->placed;
    for (size_t i = 0; i < builder->parent_counts[script]; i++)
        parents[i] = order->positions[parents[i]] - 1;
    *node = (struct alembic_node){.script = builder->scripts[script],
                                  .parents = parents,
                                  .parent_count = builder->parent_counts[script],
                                  .is_head = !builder->is_followed[script],
                                  .is_real_head = !builder->is_needed[script]};
    out->head_count += node->is_head;
    out->real_head_count += node->is_real_head;
}

/* The children of each script, for one walk over all of them. */
struct children {
    size_t *starts; /* count + 1 */
    size_t *items;
};

static struct children children_of(const struct builder *builder)
{
    struct children children = {
        .starts = arena_array(builder->arena, builder->count + 2, sizeof(size_t))};
    size_t total = 0;

    for (size_t i = 0; i < builder->count; i++) {
        total += builder->parent_counts[i];
        for (size_t j = 0; j < builder->parent_counts[i]; j++)
            children.starts[builder->parents[i][j] + 2]++;
    }
    for (size_t i = 2; i < builder->count + 2; i++)
        children.starts[i] += children.starts[i - 1];
    children.items = arena_array(builder->arena, total, sizeof(size_t));
    for (size_t i = 0; i < builder->count; i++)
        for (size_t j = 0; j < builder->parent_counts[i]; j++)
            children.items[children.starts[builder->parents[i][j] + 1]++] = i;
    return children;
}

static bool sort_nodes(struct builder *builder, struct alembic_graph *out)
{
    struct order order = order_for(builder);
    struct children children = children_of(builder);

    for (size_t i = 0; i < builder->count; i++)
        queue_if_ready(builder, &order, i);
    while (order.placed < order.queued) {
        size_t script = order.queue[order.placed];

        place(builder, &order, script, out);
        for (size_t i = children.starts[script]; i < children.starts[script + 1]; i++)
            queue_if_ready(builder, &order, children.items[i]);
    }
    return order.placed == builder->count ||
           refuse(builder, "the revisions follow each other in a circle");
}

bool alembic_graph_build(const struct alembic_script *scripts, size_t count, struct arena *arena,
                         struct alembic_graph *out, const char **why)
{
    struct builder builder = {.scripts = scripts, .count = count, .arena = arena, .why = why};

    *out = (struct alembic_graph){.count = count,
                                  .nodes = arena_array(arena, count, sizeof *out->nodes)};
    if (!index_revisions(&builder))
        return false;
    index_labels(&builder);
    return link_scripts(&builder) && sort_nodes(&builder, out);
}

/* --- against the table ------------------------------------------------------------------- */

static bool has_row(const struct applied_list *rows, const char *revision)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].id, revision) == 0)
            return true;
    return false;
}

static bool has_node(const struct alembic_graph *graph, const char *revision)
{
    for (size_t i = 0; i < graph->count; i++)
        if (strcmp(graph->nodes[i].script.revision, revision) == 0)
            return true;
    return false;
}

static bool is_ahead(const struct alembic_graph *graph, const struct applied_list *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!has_node(graph, rows->items[i].id))
            return true;
    return false;
}

void alembic_graph_pending(const struct alembic_graph *graph, const struct applied_list *rows,
                           bool *is_pending)
{
    bool counts = !is_ahead(graph, rows);

    for (size_t i = 0; i < graph->count; i++)
        is_pending[i] = counts;
    for (size_t i = graph->count; counts && i-- > 0;) {
        const struct alembic_node *node = &graph->nodes[i];

        if (is_pending[i] && !has_row(rows, node->script.revision))
            continue;
        is_pending[i] = false;
        for (size_t j = 0; j < node->parent_count; j++)
            is_pending[node->parents[j]] = false;
    }
}

bool alembic_graph_is_settled(const struct alembic_graph *graph, const struct applied_list *rows,
                              bool wants_heads)
{
    if (!graph->count || rows->count != graph->real_head_count)
        return false;
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i].is_real_head && !has_row(rows, graph->nodes[i].script.revision))
            return false;
    return wants_heads || graph->head_count == 1;
}
