#include "base/variables.h"

#include <string.h>

const char *variables_get(const char *const *variables, struct slice name)
{
    for (; variables && *variables; variables++)
        if (strncmp(*variables, name.ptr, name.len) == 0 && (*variables)[name.len] == '=')
            return *variables + name.len + 1;
    return NULL;
}

const char *const *variables_with(const char *const *variables, const char *variable,
                                  struct arena *arena)
{
    size_t count = 0, kept = 0, name_len = strcspn(variable, "=") + 1;
    const char **copy;

    while (variables[count])
        count++;
    copy = arena_array(arena, count + 2, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(variables[i], variable, name_len) != 0)
            copy[kept++] = variables[i];
    }
    copy[kept] = variable;
    return copy;
}
