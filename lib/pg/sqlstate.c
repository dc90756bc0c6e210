#include "pg/sqlstate.h"

#include <string.h>

#include "base/compiler.h"

static bool is_one_of(const char *sqlstate, const char *const *states)
{
    for (; *states; states++)
        if (strncmp(sqlstate, *states, strlen(*states)) == 0)
            return true;
    return false;
}

bool sqlstate_is_retryable(const char *sqlstate)
{
    static const char *const states[] = {"40001", "40P01", "55P03", NULL};

    return is_one_of(sqlstate, states);
}

bool sqlstate_is_shortage(const char *sqlstate)
{
    return strcmp(sqlstate, "53200") == 0;
}

bool sqlstate_is_connection_loss(const char *sqlstate)
{
    static const char *const states[] = {"08",    "57P01", "57P02", "57P03",
                                         "57P04", "57P05", "25P03", NULL};

    return is_one_of(sqlstate, states);
}

const char *sqlstate_hint(const char *sqlstate)
{
    static const struct {
        const char *state, *hint;
    } hints[] = {
        {"25001", "this statement cannot run in a transaction: mark the file as one that runs "
                  "without (plain: a first line -- migrinit: no-transaction)"},
        {"25006", "the session is read-only: connect to the primary"},
        {"25P02", "an earlier statement of this file failed; its error is the one to look at"},
        {"2BP01", "other objects depend on it: drop them first, or use CASCADE on purpose"},
        {"40P01", "another session waited for what this one held; with CONCURRENTLY that may be a "
                  "tool that waits for the migration lock: end it first"},
        {"42501", "the migration role lacks the privilege: grant it, or give a migrator's own "
                  "role in MIGRATE_DATABASE_URL"},
        {"53100", "the server's disk is full"},
        {"53200",
         "the server is out of memory; of shared memory: a file that takes many locks needs a "
         "higher max_locks_per_transaction"},
        {"55006", "the object is in use by another session"},
        {"55P03", "another session holds a lock on the table; see [migrate] table_lock_timeout"},
        {"57014", "cancelled by an administrator or by a time limit of the server"},
        {"58P01", "the server's image lacks a file: is the extension installed there?"},
        {"0A000", "not supported by this server; for an extension: is it in the server's image?"},
    };

    for (size_t i = 0; i < COUNT_OF(hints); i++)
        if (strcmp(sqlstate, hints[i].state) == 0)
            return hints[i].hint;
    return NULL;
}
