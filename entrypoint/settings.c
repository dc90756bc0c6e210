#include "entrypoint/settings.h"

#include "entrypoint/spawn.h"
#include "sys/fs.h"

enum { INI_MAX = 1 << 20, SECRET_MAX = 64 << 10 };

static const char default_ini[] = "/etc/migrinit.ini";

static const char *ini_file_of(const struct cli *cli, const char *const *environment)
{
    const char *named = environment_get(environment, "MIGRINIT_CONFIG");

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
