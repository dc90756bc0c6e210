#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

static json_t *native(const struct json *json)
{
    return (json_t *)(uintptr_t)json;
}

/* jansson answers NULL only when memory is gone, or for text that is no UTF-8, which is sorted out
 * before. */
static struct json *checked(json_t *json)
{
    if (!json)
        memory_exhausted();
    return (struct json *)json;
}

static json_t *text_value(const char *text)
{
    char printable[1024];
    json_t *value = json_string(text);

    if (value)
        return value;
    text_sanitize(slice_from(text), printable, sizeof printable);
    return json_string(printable);
}

struct json *json_new_object(void)
{
    return checked(json_object());
}

struct json *json_new_array(void)
{
    return checked(json_array());
}

void json_set(struct json *object, const char *key, struct json *child)
{
    if (json_object_set_new(native(object), key, native(child)) != 0)
        memory_exhausted();
}

void json_set_text(struct json *object, const char *key, const char *text)
{
    if (text)
        json_set(object, key, checked(text_value(text)));
    else
        json_set_null(object, key);
}

void json_set_int(struct json *object, const char *key, int64_t number)
{
    json_set(object, key, checked(json_integer(number)));
}

void json_set_bool(struct json *object, const char *key, bool value)
{
    json_set(object, key, checked(json_boolean(value)));
}

void json_set_null(struct json *object, const char *key)
{
    json_set(object, key, checked(json_null()));
}

void json_append(struct json *array, struct json *child)
{
    if (json_array_append_new(native(array), native(child)) != 0)
        memory_exhausted();
}

struct slice json_write(const struct json *root, struct arena *arena)
{
    char *text = json_dumps(native(root), JSON_COMPACT);
    struct slice copy;

    if (!text)
        memory_exhausted();
    copy = arena_slice(arena, slice_from(text));
    free(text);
    return copy;
}

void json_free(struct json *root)
{
    json_decref(native(root));
}
