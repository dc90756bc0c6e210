/*
 * tests/support/no_alloc - preloaded into PID 1: whoever allocates after the first fork ends
 *
 * With code 99 and a line on stderr. Children and programs that PID 1 starts are left alone. The
 * allocator's own names are glibc's.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static pid_t (*real_fork)(void);
static bool is_armed;

__attribute__((constructor)) static void find_fork(void)
{
    *(void **)&real_fork = dlsym(RTLD_NEXT, "fork");
}

pid_t fork(void)
{
    pid_t child = real_fork();

    if (getpid() == 1)
        is_armed = true;
    else if (child == 0)
        is_armed = false;
    return child;
}

static void refuse(void)
{
    static const char line[] = "no_alloc: PID 1 has allocated\n";

    if (!is_armed)
        return;
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        _exit(98);
    _exit(99);
}

void *malloc(size_t size)
{
    refuse();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    refuse();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    refuse();
    return __libc_realloc(old, size);
}
