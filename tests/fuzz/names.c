/*
 * The ways to compare names and versions: each must be an order, or sorting by it gives anything.
 * The input is cut at line ends into up to eight names.
 */
#include "fuzz.h"

#include "formats/collate.h"
#include "formats/flyway_name.h"
#include "formats/natural.h"
#include "formats/version.h"

enum { NAMES_MAX = 8 };

struct names {
    struct slice items[NAMES_MAX];
    size_t count;
};

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* Against itself, in both directions, and by way of a third. */
static void check_order(const struct names *names, int (*compare)(struct slice, struct slice))
{
    for (size_t a = 0; a < names->count; a++) {
        REQUIRE(compare(names->items[a], names->items[a]) == 0);
        for (size_t b = 0; b < names->count; b++) {
            int ab = sign(compare(names->items[a], names->items[b]));

            REQUIRE(ab == -sign(compare(names->items[b], names->items[a])));
            for (size_t c = 0; ab <= 0 && c < names->count; c++) {
                int bc = sign(compare(names->items[b], names->items[c]));

                REQUIRE(bc > 0 || sign(compare(names->items[a], names->items[c])) <= 0);
                REQUIRE(ab != 0 || bc == sign(compare(names->items[a], names->items[c])));
            }
        }
    }
}

static int compare_collated(struct slice a, struct slice b)
{
    int order = collate_compare(a, b);

    REQUIRE((order == 0) == slice_equal(a, b));
    return order;
}

static int compare_flyway(struct slice a, struct slice b)
{
    return flyway_version_compare(a.ptr, b.ptr);
}

static struct names names_that(const struct names *all, bool (*is_wanted)(struct slice))
{
    struct names some = {0};

    for (size_t i = 0; i < all->count; i++)
        if (is_wanted(all->items[i]))
            some.items[some.count++] = all->items[i];
    return some;
}

static struct names digits_of(const struct names *all)
{
    struct names some = {0};

    for (size_t i = 0; i < all->count; i++) {
        struct slice digits = version_digits(all->items[i]);

        REQUIRE(fuzz_is_within(digits, all->items[i]));
        some.items[some.count++] = digits;
        (void)version_is_milliseconds(digits);
    }
    return some;
}

static struct names flyway_versions_of(const struct names *all, struct arena *arena)
{
    struct names some = {0};

    for (size_t i = 0; i < all->count; i++) {
        struct flyway_name name = flyway_name_parse(all->items[i], arena);
        struct slice version;

        if (!name.version)
            continue;
        version = slice_from(flyway_version_normal(slice_from(name.version), arena));
        REQUIRE(slice_equal_text(version, flyway_version_normal(version, arena)));
        some.items[some.count++] = version;
    }
    return some;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct slice rest = fuzz_copy(arena, data, size), line;
    struct names names = {0}, some;

    while (names.count < NAMES_MAX && slice_next_line(&rest, &line))
        names.items[names.count++] = arena_slice(arena, line);
    some = names_that(&names, collate_is_known);
    check_order(&some, compare_collated);
    some = names_that(&names, natural_is_known);
    check_order(&some, natural_compare);
    some = digits_of(&names);
    check_order(&some, version_compare);
    some = flyway_versions_of(&names, arena);
    check_order(&some, compare_flyway);
    arena_free(arena);
    return 0;
}
