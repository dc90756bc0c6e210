/*
 * formats/atlas_sum - atlas.sum: whether the folder is what its author sealed
 *
 * Why here   Atlas runs nothing when a file differs from this list; nothing else keeps an applied
 *            file from being changed. The hash in a file's row is that of its line here.
 * Layout     "h1:" and the hash of all names and hashes below; then "NAME h1:HASH" for each *.sql
 *            file at the top, in byte order. HASH is SHA-256 in base64 of the names and contents of
 *            all files up to this one. A file that says "atlas:sum ignore" in its first line adds
 *            its name to that, and has no line.
 * Facts      community 1.2.3, sql/migrate/dir.go; it made the sums of tests/golden/atlas
 */
#ifndef MIGRINIT_FORMATS_ATLAS_SUM_H
#define MIGRINIT_FORMATS_ATLAS_SUM_H

#include "base/tree.h"

/*
 * Check the folder against its atlas.sum. *hashes has a slot for each entry of the tree: NULL for
 * what is no migration or is left out of the sum. Errors: ERR_CONFIG that names the file which
 * differs
 */
bool atlas_sum_check(const struct tree *tree, struct arena *arena, const char ***hashes,
                     struct error *err) MUST_CHECK;

#endif
