/*
 * sql/loss_parts - what the rooms of sql/loss share, and nobody else includes
 */
#ifndef MIGRINIT_SQL_LOSS_PARTS_H
#define MIGRINIT_SQL_LOSS_PARTS_H

#include "sql/cursor.h"
#include "sql/loss.h"

struct judge {
    struct slice statement; /* places are told in it */
    struct made *made;
    struct loss_list *out;
    bool is_conditional; /* it may not run: what it makes is not sure to be there */
};

/* where: a slice of the statement that begins at the place to be told */
void loss_add(struct judge *judge, enum loss_kind kind, struct slice where, struct slice object,
              struct slice column);

/* Each is called with the statement's first word, and gets a cursor of its own. */
void loss_judge_alter(struct judge *judge, struct sql_cursor cursor);
void loss_judge_truncate(struct judge *judge, struct sql_cursor cursor);

/* DELETE and UPDATE, where they stand themselves or in WITH. */
void loss_judge_rows(struct judge *judge, struct sql_cursor cursor);

#endif
