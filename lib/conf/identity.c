#include "conf/identity.h"

#include "base/text.h"

enum { ID_MAX = 2147483647, SHOWN_MAX = 80 };

/* passwd: name:password:uid:gid:comment:home:shell; group: name:password:gid:members */
enum { NAME, PASSWD_UID = 2, PASSWD_GID = 3, PASSWD_HOME = 5, GROUP_GID = 2, GROUP_MEMBERS = 3 };

struct resolution {
    const struct identity_sources *sources;
    struct arena *arena;
    struct identity *identity;
    size_t group_capacity;
    struct error *err;
};

/* One file, and the line that was found in it. */
struct database {
    struct slice text;
    const char *file;
    int id_field;
    const char *what; /* "user" */
};

struct found {
    struct slice line;
    unsigned line_number; /* 0: none */
};

static bool is_number(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* False for what is no number, and for one out of range. */
static bool parse_id(struct slice text, unsigned *id)
{
    unsigned long long number = 0;

    if (!is_number(text))
        return false;
    for (size_t i = 0; i < text.len && number <= ID_MAX; i++)
        number = number * 10 + (unsigned long long)(text.ptr[i] - '0');
    *id = (unsigned)number;
    return number <= ID_MAX;
}

static struct slice field_of(struct slice line, int index)
{
    for (; index > 0; index--)
        line = slice_sub(line, slice_find(line, ':') + 1, line.len);
    return slice_sub(line, 0, slice_find(line, ':'));
}

static bool has_id(struct slice line, int field, unsigned wanted)
{
    unsigned id;

    return parse_id(field_of(line, field), &id) && id == wanted;
}

/* By number if `wanted` is one, else by name. */
static struct found find(const struct database *database, struct slice wanted)
{
    struct slice rest = database->text;
    struct found found = {.line_number = 0};
    unsigned id, number = 0;
    bool by_id = parse_id(wanted, &id);

    while (slice_next_line(&rest, &found.line)) {
        number++;
        if (by_id ? has_id(found.line, database->id_field, id)
                  : slice_equal(field_of(found.line, NAME), wanted)) {
            found.line_number = number;
            return found;
        }
    }
    return (struct found){.line_number = 0};
}

/* ---- errors ---- */

static bool refuse_range(struct resolution *r, const char *what, struct slice text)
{
    char shown[SHOWN_MAX];

    text_sanitize(text, shown, sizeof shown);
    return error_set(r->err, ERR_CONFIG, "%s %s is out of range: 0 to %d", what, shown, ID_MAX);
}

static bool refuse_unknown(struct resolution *r, const struct database *database, struct slice name)
{
    char shown[SHOWN_MAX];

    text_sanitize(name, shown, sizeof shown);
    error_set(r->err, ERR_CONFIG, "there is no %s \"%s\" in %s", database->what, shown,
              database->file);
    error_hint(r->err, "add it in the Dockerfile, or give the number");
    return false;
}

static bool refuse_line(struct resolution *r, const struct database *database,
                        const struct found *found, const char *field)
{
    error_set(r->err, ERR_CONFIG, "the %s is no number from 0 to %d", field, ID_MAX);
    return error_wrap(r->err, "%s:%u", database->file, found->line_number);
}

/* ---- the user ---- */

static struct database users_of(const struct resolution *r)
{
    return (struct database){r->sources->passwd, r->sources->passwd_file, PASSWD_UID, "user"};
}

static struct database groups_of(const struct resolution *r)
{
    return (struct database){r->sources->group, r->sources->group_file, GROUP_GID, "group"};
}

static void take_name(struct resolution *r, struct slice line)
{
    struct slice home = field_of(line, PASSWD_HOME);

    r->identity->name = arena_text(r->arena, field_of(line, NAME));
    if (home.len)
        r->identity->home = arena_text(r->arena, home);
}

static bool take_user_line(struct resolution *r, const struct found *found)
{
    const struct database users = users_of(r);

    if (!parse_id(field_of(found->line, PASSWD_UID), &r->identity->uid))
        return refuse_line(r, &users, found, "uid");
    if (!parse_id(field_of(found->line, PASSWD_GID), &r->identity->gid))
        return refuse_line(r, &users, found, "gid");
    take_name(r, found->line);
    return true;
}

static bool resolve_user(struct resolution *r, struct slice user)
{
    const struct database users = users_of(r);
    struct found found = find(&users, user);

    if (is_number(user) && !parse_id(user, &r->identity->uid))
        return refuse_range(r, "uid", user);
    if (found.line_number)
        return take_user_line(r, &found);
    return is_number(user) || refuse_unknown(r, &users, user);
}

/* Who it is that stays: for HOME and the like, not for the groups. */
static void name_caller(struct resolution *r)
{
    const struct database users = users_of(r);
    struct found found = find(&users, slice_from(arena_printf(r->arena, "%u", r->sources->uid)));

    if (found.line_number)
        take_name(r, found.line);
}

/* ---- its groups ---- */

static void add_group(struct resolution *r, gid_t gid)
{
    struct identity *identity = r->identity;

    for (size_t i = 0; i < identity->group_count; i++)
        if (identity->groups[i] == gid)
            return;
    identity->groups = arena_grow(r->arena, identity->groups, &r->group_capacity,
                                  identity->group_count, sizeof *identity->groups);
    identity->groups[identity->group_count++] = gid;
}

static bool has_member(struct slice line, struct slice name)
{
    struct slice members = field_of(line, GROUP_MEMBERS), member;

    while (slice_next_word(&members, &member))
        if (slice_equal(member, name))
            return true;
    return false;
}

/* A line that names no usable number is passed over: it is not the user's fault. */
static void add_groups_of_user(struct resolution *r)
{
    struct slice rest = r->sources->group, line;
    gid_t gid;

    if (!r->identity->name)
        return;
    while (slice_next_line(&rest, &line))
        if (has_member(line, slice_from(r->identity->name)) &&
            parse_id(field_of(line, GROUP_GID), &gid))
            add_group(r, gid);
}

static bool resolve_group(struct resolution *r, struct slice group)
{
    const struct database groups = groups_of(r);
    struct found found;

    if (is_number(group))
        return parse_id(group, &r->identity->gid) || refuse_range(r, "gid", group);
    found = find(&groups, group);
    if (!found.line_number)
        return refuse_unknown(r, &groups, group);
    return parse_id(field_of(found.line, GROUP_GID), &r->identity->gid) ||
           refuse_line(r, &groups, &found, "gid");
}

bool identity_resolve(struct slice spec, const struct identity_sources *sources,
                      struct arena *arena, struct identity *identity, struct error *err)
{
    struct resolution r = {.sources = sources, .arena = arena, .identity = identity, .err = err};
    size_t colon = slice_find(spec, ':');
    struct slice user = slice_sub(spec, 0, colon), group = slice_sub(spec, colon + 1, spec.len);

    *identity = (struct identity){.uid = sources->uid, .gid = sources->gid, .home = "/"};
    identity->keeps_groups = !user.len && !group.len;
    if (!user.len)
        name_caller(&r);
    else if (!resolve_user(&r, user))
        return false;
    if (group.len && !resolve_group(&r, group))
        return false;
    add_group(&r, identity->gid);
    if (user.len && !group.len)
        add_groups_of_user(&r);
    return true;
}
