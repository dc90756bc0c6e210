#include "base/outcome.h"

static const struct {
    const char *name;
    int exit_code;
} outcomes[OUTCOME_COUNT] = {
    [OUTCOME_CURRENT] = {"current", 0},
    [OUTCOME_MIGRATED] = {"migrated", 0},
    [OUTCOME_REVERTED] = {"reverted", 0},
    [OUTCOME_AHEAD] = {"ahead", 0},
    [OUTCOME_WAITED] = {"waited", 0},
    [OUTCOME_UNCONFIGURED] = {"unconfigured", 78},
    [OUTCOME_NOT_CURRENT] = {"not-current", 1},
    [OUTCOME_FAILED] = {"failed", 1},
    [OUTCOME_UNREACHABLE] = {"unreachable", 69},
    [OUTCOME_REFUSED] = {"refused", 77},
    [OUTCOME_LOCK_TIMEOUT] = {"lock-timeout", 75},
    [OUTCOME_STILL_PENDING] = {"still-pending", 75},
    [OUTCOME_BAD_CONFIG] = {"bad-config", 78},
    [OUTCOME_BAD_USAGE] = {"bad-usage", 64},
    [OUTCOME_INTERRUPTED] = {"interrupted", 143},
    [OUTCOME_CRASHED] = {"crashed", 1},
};

int outcome_exit_code(enum outcome outcome)
{
    return outcomes[outcome].exit_code;
}

const char *outcome_name(enum outcome outcome)
{
    return outcomes[outcome].name;
}

bool outcome_parse(struct slice name, enum outcome *out)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (slice_equal_text(name, outcomes[i].name)) {
            *out = (enum outcome)i;
            return true;
        }
    }
    return false;
}

enum outcome outcome_of_error(enum error_code code)
{
    switch (code) {
    case ERR_USAGE: return OUTCOME_BAD_USAGE;
    case ERR_CONFIG: return OUTCOME_BAD_CONFIG;
    case ERR_DB_UNREACHABLE: return OUTCOME_UNREACHABLE;
    case ERR_DB_REFUSED:
    case ERR_DB_MISSING: return OUTCOME_REFUSED;
    case ERR_LOCK_TIMEOUT: return OUTCOME_LOCK_TIMEOUT;
    case ERR_NOT_CURRENT: return OUTCOME_NOT_CURRENT;
    case ERR_INTERRUPTED: return OUTCOME_INTERRUPTED;
    case ERR_NONE:
    case ERR_MIGRATION:
    case ERR_CONNECTION:
    case ERR_SYSTEM: return OUTCOME_FAILED;
    }
    return OUTCOME_FAILED;
}
