#include "entrypoint/licence.h"

/* The file as it is: a text of this length is no literal of C. Its pages stay on the disk until it
 * is asked for. */
__asm__(".pushsection .rodata.licences, \"a\"\n"
        ".globl licence_texts\n"
        "licence_texts:\n"
        ".incbin \"" MIGRINIT_LICENCES "\"\n"
        ".byte 0\n"
        ".popsection\n");

extern const char licence_texts[];

void licence_print(FILE *out)
{
    fputs(licence_texts, out);
}
