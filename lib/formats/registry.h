/*
 * formats/registry - the array of all formats; by name, or the one that a folder shows
 */
#ifndef MIGRINIT_FORMATS_REGISTRY_H
#define MIGRINIT_FORMATS_REGISTRY_H

#include "formats/format.h"

/* Each is defined in the file of its name. */
extern const struct format format_atlas;
extern const struct format format_dbmate;
extern const struct format format_diesel;
extern const struct format format_drizzle;
extern const struct format format_flyway;
extern const struct format format_golang_migrate;
extern const struct format format_goose;
extern const struct format format_graphile_migrate;
extern const struct format format_node_pg_migrate;
extern const struct format format_plain;
extern const struct format format_prisma;
extern const struct format format_refinery;
extern const struct format format_sqlx;
extern const struct format format_tern;

extern const struct format *const formats[];
extern const size_t format_count;

/* Errors: ERR_CONFIG with the known names, the nearest first. */
bool format_by_name(const char *name, const struct format **out, struct error *err) MUST_CHECK;

/*
 * The format that is surest, and why. Errors, ERR_CONFIG: none is sure enough, or two are equally
 * sure; the message names the candidates, or the tool whose folder it seems to be
 * (formats/foreign), and the setting that decides ([migrate] format, MIGRINIT_MIGRATE_FORMAT).
 */
bool format_detect(const struct tree *tree, struct arena *arena, const struct format **out,
                   const char **why, struct error *err) MUST_CHECK;

/*
 * Whether the bytes of a file are of use to anybody who applies migrations. drizzle-kit compares with
 * its snapshots when it generates: one of the whole schema lies beside each migration, and together
 * they are many times what is run.
 */
bool format_looks_into(struct slice path);

/* The same format, or what it names for the folder's layout: whose functions to call. */
const struct format *format_layout(const struct format *format, const struct tree *tree);

#endif
