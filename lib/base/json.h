/*
 * base/json - JSON documents, written and read
 *
 * Why here   The one door to jansson.
 * Owns       a document owns its children and their texts; json_free() the root
 * Errors     of reading only: exhausted memory ends the process as in base/arena
 */
#ifndef MIGRINIT_BASE_JSON_H
#define MIGRINIT_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/slice.h"

struct json;

struct json *json_new_object(void) RETURNS_NONNULL;
struct json *json_new_array(void) RETURNS_NONNULL;

/* A NULL text is null; text that is no UTF-8 is made printable first. */
void json_set_text(struct json *object, const char *key, const char *text);
void json_set_int(struct json *object, const char *key, int64_t number);
void json_set_null(struct json *object, const char *key);

/* Both take the child over. */
void json_set(struct json *object, const char *key, struct json *child);
void json_append(struct json *array, struct json *child);
void json_append_text(struct json *array, const char *text);

/* One line, keys in the order in which they were set. */
struct slice json_write(const struct json *root, struct arena *arena);

/* What json_read() takes; jansson itself gives up at a depth of 2048. */
enum { JSON_READ_BYTES_MAX = 16 << 20 };

/*
 * Read one document: an object or an array, in UTF-8, without a byte order mark, a key once in each
 * object, nothing behind it. Errors: ERR_CONFIG with "line:column" as `where`
 */
bool json_read(struct slice text, struct json **root, struct error *err) MUST_CHECK;

/* NULL when there is no such child, or when the parent is NULL or has no children of this kind. */
const struct json *json_member(const struct json *object, const char *key);
const struct json *json_item(const struct json *array, size_t index);
bool json_is_list(const struct json *json, size_t *count);

/* False, and *out untouched, for anything else, NULL too. A text never has a NUL byte in it. */
bool json_get_text(const struct json *json, struct slice *out);
bool json_get_int(const struct json *json, int64_t *out);

/* NULL is allowed. */
void json_free(struct json *root);

#endif
