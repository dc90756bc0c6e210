/*
 * formats/alembic_graph - revisions in order, their heads, and what a database has of them
 *
 * Facts      alembic 1.8.1 and 1.19.2, script/revision.py. The table holds no history but one row
 *            for each effective head: after `upgrade heads` the revisions that nobody follows and
 *            nobody depends on. `alembic heads` shows those that nobody follows, which may be more,
 *            and `upgrade head` fails when these are several, even when there is nothing to do. A
 *            row that no file has makes the tool fail ("Can't locate revision identified by").
 */
#ifndef MIGRINIT_FORMATS_ALEMBIC_GRAPH_H
#define MIGRINIT_FORMATS_ALEMBIC_GRAPH_H

#include "formats/alembic_script.h"
#include "formats/format.h"

struct alembic_node {
    struct alembic_script script;
    const size_t *parents; /* whom it follows or depends on */
    size_t parent_count;
    bool is_head;      /* nobody follows it */
    bool is_real_head; /* and nobody depends on it: it has a row when all is applied */
};

struct alembic_graph {
    struct alembic_node *nodes; /* parents before their children */
    size_t count;
    size_t head_count;
    size_t real_head_count;
};

/*
 * False, and *why in words, where the tool would fail or warn: a revision that stands in two files,
 * one that is named and is not there, a circle.
 */
bool alembic_graph_build(const struct alembic_script *scripts, size_t count, struct arena *arena,
                         struct alembic_graph *out, const char **why);

/*
 * Which revisions are not yet applied, a slot for each node. A row that no file has means a
 * database that is ahead of the files: what it has of them cannot be told, and none counts as
 * pending.
 */
void alembic_graph_pending(const struct alembic_graph *graph, const struct applied_list *rows,
                           bool *is_pending);

/*
 * Whether the tool surely has nothing to do, and will not fail either: the rows are the real heads,
 * and, unless the command says "heads", there is one head only.
 */
bool alembic_graph_is_settled(const struct alembic_graph *graph, const struct applied_list *rows,
                              bool wants_heads);

#endif
