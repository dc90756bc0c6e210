/*
 * base/bar - how far something is, in one line of a terminal: "[#####---------------]  26% text"
 *
 * Purity     values in, text out
 */
#ifndef MIGRINIT_BASE_BAR_H
#define MIGRINIT_BASE_BAR_H

#include <stddef.h>

/*
 * At most so many columns wide, as a line that wraps cannot be drawn over: the text is cut, and a
 * bar that has no room is left out. A character of three bytes or more is taken to be two columns
 * wide. percent: below 0 there is no bar. The text is made printable.
 */
void bar_render(int percent, const char *text, unsigned columns, char *out, size_t out_size);

#endif
