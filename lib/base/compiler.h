/*
 * base/compiler - the few words that C17 lacks, spelled once
 */
#ifndef MIGRINIT_BASE_COMPILER_H
#define MIGRINIT_BASE_COMPILER_H

#define PRINTF_LIKE(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define MUST_CHECK                      __attribute__((warn_unused_result))
#define NO_RETURN                       __attribute__((noreturn))
#define RETURNS_NONNULL                 __attribute__((returns_nonnull))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
