/*
 * tests/support/few_allocs - preloaded: the n-th allocation after the start fails
 *
 * FEW_ALLOCS names n, and FEW_ALLOCS_TOLD a file that is made when it failed. A child goes on
 * counting from its parent's number. What libcrypto and libssl ask for is not counted: OpenSSL does
 * not survive every failure while it is initialized, and it is not ours to mend. The allocator's
 * own names are glibc's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

struct range {
    uintptr_t from;
    uintptr_t to;
};

static struct range openssl[8];
static size_t openssl_count;
static unsigned long seen, failing;
static const char *told_path;
static bool is_armed;

static int note_openssl(struct dl_phdr_info *info, size_t size, void *context)
{
    size_t i;

    (void)size;
    (void)context;
    if (!strstr(info->dlpi_name, "/libcrypto.") && !strstr(info->dlpi_name, "/libssl."))
        return 0;
    for (i = 0; i < info->dlpi_phnum && openssl_count < 8; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + header->p_vaddr;

        if (header->p_type == PT_LOAD && (header->p_flags & PF_X))
            openssl[openssl_count++] = (struct range){from, from + header->p_memsz};
    }
    return 0;
}

/* Libraries are initialized from the last to the first: those of the program have been. */
__attribute__((constructor)) static void arm(void)
{
    const char *number = getenv("FEW_ALLOCS");

    dl_iterate_phdr(note_openssl, NULL);
    told_path = getenv("FEW_ALLOCS_TOLD");
    failing = number ? strtoul(number, NULL, 10) : 0;
    is_armed = true;
}

/* Without a call that could allocate. */
static void tell(void)
{
    int fd;

    if (!told_path)
        return;
    fd = open(told_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        _exit(98);
    close(fd);
}

static bool fails(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    size_t i;

    if (!is_armed)
        return false;
    for (i = 0; i < openssl_count; i++)
        if (at >= openssl[i].from && at < openssl[i].to)
            return false;
    if (++seen != failing)
        return false;
    tell();
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
