/*
 * tests/support/covered_exit - of `make coverage`: what ran is written down before _exit(), too
 *
 * The preparer ends by it, and with it most of what the program does. Linked with --wrap=_exit.
 */
#include <unistd.h>

extern void __gcov_dump(void);
extern void __real__exit(int code) __attribute__((noreturn));
void __wrap__exit(int code) __attribute__((noreturn));

void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}
