#include "entrypoint/settings.h"

#include <unistd.h>

#include "base/variables.h"
#include "conf/envfile.h"
#include "entrypoint/spawn.h"
#include "sys/fs.h"

enum { INI_MAX = 1 << 20, SECRET_MAX = 64 << 10, USERS_MAX = 16 << 20 };

static const char default_ini[] = "/etc/migrinit.ini";
static const char passwd_file[] = "/etc/passwd", group_file[] = "/etc/group";

static const char *ini_file_of(const struct cli *cli, const char *const *environment)
{
    const char *named = variables_get(environment, SLICE("MIGRINIT_CONFIG"));

    if (cli->config_file)
        return cli->config_file;
    if (named && named[0])
        return named;
    return fs_exists(default_ini) ? default_ini : NULL;
}

static bool read_secret_file(const char *path, struct arena *arena, struct slice *bytes,
                             struct error *err)
{
    return fs_read_file(path, SECRET_MAX, arena, bytes, err);
}

/* Whatever is wrong with the INI file is a wrong setting. */
static bool refuse_ini(const char *path, struct error *err)
{
    err->code = ERR_CONFIG;
    return error_wrap(err, "settings file %s", path);
}

bool settings_read(const struct cli *cli, struct arena *arena, struct config *config,
                   struct error *err)
{
    struct config_sources sources = {
        .environment = spawn_environment(),
        .flags = cli->flags,
        .flag_count = cli->flag_count,
        .read_file = read_secret_file,
    };

    sources.ini_file = ini_file_of(cli, sources.environment);
    if (sources.ini_file && !fs_read_file(sources.ini_file, INI_MAX, arena, &sources.ini_text, err))
        return refuse_ini(sources.ini_file, err);
    return config_build(&sources, arena, config, err);
}

/* What was found wrong with a setting of [app] later than when it was read. */
static bool refuse_app_key(const struct config *config, const char *key, struct error *err)
{
    const struct option *option = option_find(SLICE("app"), slice_from(key));

    err->code = ERR_CONFIG;
    error_wrap(err, "[app] %s", key);
    return error_wrap(err, "%s", config_origin(config, NULL, option).name);
}

bool settings_read_env_files(const struct config *config, struct arena *arena,
                             struct text_list *variables, struct error *err)
{
    struct config_sources sources = {.environment = spawn_environment(),
                                     .read_file = read_secret_file};

    return envfile_read(&sources, &config->app.env_file, arena, variables, err) ||
           refuse_app_key(config, "env_file", err);
}

/* An image from scratch has neither of them, and numbers need none. */
static bool read_if_there(const char *path, struct arena *arena, struct slice *text,
                          struct error *err)
{
    *text = SLICE("");
    return !fs_exists(path) || fs_read_file(path, USERS_MAX, arena, text, err);
}

bool settings_read_identity(const struct config *config, struct arena *arena,
                            struct identity *identity, struct error *err)
{
    struct identity_sources sources = {
        .passwd_file = passwd_file, .group_file = group_file, .uid = getuid(), .gid = getgid()};

    if (read_if_there(passwd_file, arena, &sources.passwd, err) &&
        read_if_there(group_file, arena, &sources.group, err) &&
        identity_resolve(slice_from(config->app.user), &sources, arena, identity, err))
        return true;
    return refuse_app_key(config, "user", err);
}
