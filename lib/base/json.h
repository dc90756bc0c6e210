/*
 * base/json - JSON documents, written
 *
 * Why here   The one door to jansson.
 * Owns       a document owns its children; json_free() the root
 * Errors     none to handle: exhausted memory ends the process as in base/arena
 */
#ifndef MIGRINIT_BASE_JSON_H
#define MIGRINIT_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct json;

struct json *json_new_object(void) RETURNS_NONNULL;
struct json *json_new_array(void) RETURNS_NONNULL;

/* A NULL text is null; text that is no UTF-8 is made printable first. */
void json_set_text(struct json *object, const char *key, const char *text);
void json_set_int(struct json *object, const char *key, int64_t number);
void json_set_bool(struct json *object, const char *key, bool value);
void json_set_null(struct json *object, const char *key);

/* Both take the child over. */
void json_set(struct json *object, const char *key, struct json *child);
void json_append(struct json *array, struct json *child);

/* One line, keys in the order in which they were set. */
struct slice json_write(const struct json *root, struct arena *arena);

/* NULL is allowed. */
void json_free(struct json *root);

#endif
