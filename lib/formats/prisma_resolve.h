/*
 * formats/prisma_resolve - what `prisma migrate resolve` does to the rows of a migration
 *
 * Facts      prisma 7.10.1, run. --applied: a finished row is refused (P3008), a folder without its
 *            script as well (P3017); unfinished rows are marked as rolled back, and a row is
 *            written with no steps and an empty log. --rolled-back: no row at all is refused
 *            (P3011), and when all are finished (P3012); unfinished ones are marked.
 */
#ifndef MIGRINIT_FORMATS_PRISMA_RESOLVE_H
#define MIGRINIT_FORMATS_PRISMA_RESOLVE_H

#include "formats/format.h"

/* As format.h has it. */
bool prisma_resolve(const struct resolve_request *request, struct arena *arena, struct slice *sql,
                    struct error *err);

#endif
