/*
 * entrypoint/licence - the texts that have to go wherever the program goes
 *
 * Why here   The static binary has libraries in it whose licences ask for it, and it is copied into
 *            images alone: a file at its side would stay behind.
 * Whence     static/licences.sh, at build time. A build that loads its libraries names them, and
 *            says that they are the system's.
 */
#ifndef MIGRINIT_ENTRYPOINT_LICENCE_H
#define MIGRINIT_ENTRYPOINT_LICENCE_H

#include <stdio.h>

void licence_print(FILE *out);

#endif
