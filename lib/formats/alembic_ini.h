/*
 * formats/alembic_ini - where an alembic.ini says that the revisions are
 *
 * Why here   The file is in the grammar of Python's ConfigParser, which is not that of our own INI
 *            files: a comment only at the beginning of a line, %(here)s, values over many lines.
 * Facts      alembic 1.8.1 and 1.19.2, script/base.py and config.py. Without version_locations it
 *            is <script_location>/versions. Without a separator the list is cut at blanks and
 *            commas; path_separator is 1.16's name of version_path_separator. A location may be
 *            "package:folder", which only Python can find.
 */
#ifndef MIGRINIT_FORMATS_ALEMBIC_INI_H
#define MIGRINIT_FORMATS_ALEMBIC_INI_H

#include "formats/alembic_script.h"

struct alembic_ini {
    const char *script_location;            /* NULL: not said; Flask-Migrate says it from Python */
    struct alembic_names version_locations; /* none: not said */
    bool is_recursive;
};

/* `here`: the folder of the file. False, and *why in words, when something is not understood. */
bool alembic_ini_read(struct slice text, const char *here, struct arena *arena,
                      struct alembic_ini *out, const char **why);

#endif
