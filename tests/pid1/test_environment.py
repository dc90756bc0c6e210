"""What the app finds in its environment: its own, what it was handed, and nothing of migrinit's."""

import os

import pytest
from namespace import APP, UNREACHABLE

both_modes = pytest.mark.parametrize("mode", ["supervise", "exec"])

# AUTO_MIGRATE=false with a database that is not waited for: the app starts at once.
OFF = {"AUTO_MIGRATE": "false", "MIGRINIT_WAIT_ENABLED": "false"}
APP_S_OWN = {
    "DATABASE_URL": "postgresql://app@db/shop",
    "POSTGRES_USER": "app",
    "PGAPPNAME": "shop",
    "DB_PORT": "5432",
    "SECRET_KEY_FILE": "/run/key",
    "MIGRINIT_APP_SERVICE_HOST": "10.0.0.1",
    **{name: value for name, value in OFF.items() if name == "AUTO_MIGRATE"},
}
OURS = {
    "MIGRATE_DATABASE_URL": "postgresql://ddl:hush@db/shop",
    "DIRECT_URL": "postgresql://ddl:hush@db/shop",
    "MIGRINIT_MIGRATE_URL": "postgresql://ddl:hush@db/shop",
    "MIGRINIT_DATABASE_PASSWORD": "hush",
    "MIGRINIT_WAIT_ENABLED": "false",
    "MIGRINIT_LOG_LEVEL": "error",
}


def environment_of(start, mode, env, options=()):
    run = start.init("env", options=[f"--app-mode={mode}", *options], env=env)
    assert run.wait() == 0, run.err.all()
    return dict(line.split("=", 1) for line in run.out.all())


@both_modes
def test_what_is_ours_is_taken_out(start, mode, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    files = {"POSTGRES_PASSWORD_FILE": str(secret)}
    seen = environment_of(start, mode, {**OURS, **files, **APP_S_OWN})
    assert not {*OURS, *files} & set(seen)
    assert APP_S_OWN.items() <= seen.items()
    assert not any("hush" in value for value in seen.values())


@both_modes
def test_everything_stays_on_request(start, mode):
    seen = environment_of(start, mode, {**OURS, **APP_S_OWN}, options=["--app-keep-env"])
    assert {**OURS, **APP_S_OWN}.items() <= seen.items()
    assert seen["MIGRINIT_STATUS"] == "skipped"


@both_modes
def test_app_is_handed_what_a_file_says(start, mode, tmp_path):
    for name, content in {"url": b"postgresql://app:hush@db/shop\r\n", "key": b" a=b:c \n\n", "lines": b"1\n2\n"}.items():
        (tmp_path / name).write_bytes(content)
    pairs = ", ".join(f"{name}:{tmp_path}/{name.lower()}" for name in ("URL", "KEY"))
    run = start.app("env", "URL", "env", "KEY", env={**OFF, "URL": "", "MIGRINIT_APP_ENV_FILE": pairs},
                    options=[f"--app-mode={mode}"])  # fmt: skip
    assert run.wait() == 0, run.err.all()
    assert run.out.all() == ["URL=postgresql://app:hush@db/shop", "KEY= a=b:c "]
    assert "hush" not in run.err.text()


def special_files(folder):
    """What is no value: path and what is said."""
    (folder / "empty").write_bytes(b"")
    (folder / "line-end").write_bytes(b"\r\n")
    (folder / "nul").write_bytes(b"hush\0hush")
    (folder / "large").write_bytes(b"x" * (64 * 1024 + 1))
    (folder / "largest").write_bytes(b"x" * (64 * 1024))
    os.mkfifo(folder / "fifo")
    return {
        "empty": "the file is empty",
        "line-end": "the file is empty",
        "nul": "NUL byte",
        "large": "at most 64 KiB",
        "fifo": "is a FIFO",
        "": "is a directory",
        "none": "does not exist",
    }


def test_file_that_is_no_value_is_told_before_anything_starts(start, tmp_path):
    for name, told in special_files(tmp_path).items():
        run = start.app("say", "started", env=UNREACHABLE, options=[f"--app-env-file=KEY:{tmp_path}/{name}"])
        assert run.wait() == 78
        text = run.err.text()
        assert told in text and "KEY" in text and "hush" not in text and "Waiting" not in text
        assert "started" not in run.out.text()
    run = start.app("say", "started", env=OFF, options=[f"--app-env-file=KEY:{tmp_path}/largest"])
    assert run.wait() == 0


def test_variable_that_is_set_as_well_is_a_wrong_setting(start):
    run = start.app("say", "started", env={**UNREACHABLE, "KEY": "1", "MIGRINIT_APP_ENV_FILE": "KEY:/etc/hostname"})
    assert run.wait() == 78
    assert "KEY is set in the environment as well" in run.err.text()
    assert "started" not in run.out.text()


@pytest.mark.parametrize("pairs", ["A:/x A:/x", "MIGRINIT_STATUS:/x", "hush", "A:hush", "A:/x,hush"])
def test_wrong_pair_is_a_wrong_setting_whatever_the_verb(start, pairs):
    """It may be the secret itself, and is not repeated."""
    for words in (["config"], ["--", APP, "say", "started"]):
        run = start.init(*words, env={**UNREACHABLE, "MIGRINIT_APP_ENV_FILE": pairs})
        assert run.wait() == 78
        assert "API_KEY:/run/secrets/api_key" in run.err.text()
        assert "hush" not in run.err.text() and run.out.all() == []


def test_migrating_alone_needs_no_file_of_the_app(start):
    run = start.init("wait", env={**UNREACHABLE, "MIGRINIT_WAIT_TIMEOUT": "10ms"}, options=["--app-env-file=KEY:/no/such"])
    assert run.wait() == 69
