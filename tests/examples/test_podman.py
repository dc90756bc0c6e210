"""podman: quadlet units; what the service manager hears by sd_notify."""

import configparser
import os
import socket

import pytest
from postgres import wait_until
from texts import path_of

URL = "postgresql://shop:shop4all@shop-db:5432/shop"

# Those of Podman's quadlet that are used here (pkg/systemd/quadlet/quadlet.go, 5.x, commit 00b40db); its generator refuses any other.
CONTAINER_KEYS = {"Image", "Network", "Notify", "Secret", "Environment", "ReadOnly", "NoNewPrivileges", "DropCapability", "User",
                  "PublishPort", "Exec", "Entrypoint", "ContainerName", "Volume"}  # fmt: skip


class Unit(dict):
    """Sections of keys, each with all of its values."""

    def __init__(self, name):
        class Every(dict):
            def __setitem__(self, key, value):
                if key in self and isinstance(value, list):
                    value = [*self[key], *value]
                super().__setitem__(key, value)

        parser = configparser.RawConfigParser(strict=False, dict_type=Every, comment_prefixes=("#", ";"), delimiters=("=",))
        parser.optionxform = str
        parser.read(path_of("podman", name), encoding="utf-8")
        super().__init__({section: {key: value.split("\n") for key, value in parser.items(section)} for section in parser.sections()})


@pytest.fixture
def image(host):
    return host.image("plain", "Dockerfile")


@pytest.fixture
def shop(host, database):
    host.role("shop", "shop4all")
    host.create("shop", "shop")
    return database("shop")


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.socket.settimeout(30)
        self.heard = []

    def wait_for(self, line):
        while line not in self.heard:
            self.heard += self.socket.recv(65536).decode().splitlines()


@pytest.fixture
def manager(tmp_path_factory):
    folder = tmp_path_factory.mktemp("manager")
    instance = Manager(str(folder))
    yield instance
    instance.socket.close()


def options_of(unit, tmp_path, manager=None):
    """What podman makes of [Container]."""
    keys = unit["Container"]
    env = dict(item.split("=", 1) for item in keys.get("Environment", []))
    mounts = {}
    for secret in keys.get("Secret", []):
        name, *rest = secret.split(",")
        settings = dict(item.split("=") for item in rest)
        assert settings["type"] == "mount"
        (tmp_path / name).write_text(URL)
        mounts[f"/run/secrets/{settings['target']}"] = str(tmp_path / name)
    if "Notify" in keys:
        assert keys["Notify"] == ["true"]
        env["NOTIFY_SOCKET"] = "/run/notify/notify.sock"
        mounts[env["NOTIFY_SOCKET"]] = manager.path
    return {
        "env": env,
        "mounts": mounts,
        "user": int(keys["User"][0]),
        "read_only": keys["ReadOnly"] == ["true"],
        "capabilities": keys["DropCapability"] != ["all"],
        "entrypoint": keys["Entrypoint"][0].split() if "Entrypoint" in keys else None,
        "command": keys["Exec"][0].split() if "Exec" in keys else None,
    }


@pytest.mark.parametrize("name", ["shop.container", "shop-migrate.container", "shop-db.container"])
def test_units_have_keys_that_quadlet_knows(name):
    unit = Unit(name)
    assert set(unit) <= {"Unit", "Container", "Service", "Install"}
    assert set(unit["Container"]) <= CONTAINER_KEYS
    assert not unit["Container"]["Image"][0].endswith(":latest")
    for kind in ("Network", "Volume"):
        for value in unit["Container"].get(kind, []):
            assert os.path.exists(path_of("podman", value.split(":")[0]))


def test_manager_hears_each_phase(host, image, shop, manager, tmp_path):
    """READY=1 when the app serves, not before; more time for a long migration."""
    with open(image.file("/app/migrations/0004_long.sql"), "w", encoding="ascii") as f:
        f.write("SELECT pg_advisory_xact_lock(5);\n")
    with shop.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(5)")
        run = host.start(image, **options_of(Unit("shop.container"), tmp_path, manager))
        wait_until(lambda: "migrating" in run.exec("migrinit", "health")[1], "the long migration")
        manager.wait_for("EXTEND_TIMEOUT_USEC=30000000")
        assert "READY=1" not in manager.heard and not run.out.text
    manager.wait_for("READY=1")
    assert host.get(8080)[0] == 200
    code = run.stop()
    manager.wait_for("STOPPING=1")
    assert code == 143 and any(line.startswith("STATUS=") for line in manager.heard), run


def test_unit_that_migrates_and_ends(host, image, shop, tmp_path):
    unit = Unit("shop-migrate.container")
    assert unit["Service"]["Type"] == ["oneshot"] and unit["Service"]["RemainAfterExit"] == ["yes"]
    run = host.run(image, **options_of(unit, tmp_path))
    assert run.code == 0 and len(shop.history()) == 3, run


def test_wrong_credentials_are_not_tried_again(host, image, shop, manager, tmp_path):
    unit = Unit("shop.container")
    host.role("shop", "changed4all")
    options = options_of(unit, tmp_path, manager)
    options["env"]["MIGRINIT_WAIT_AUTH_GRACE"] = "0"
    run = host.run(image, **options)
    assert str(run.code) in unit["Service"]["RestartPreventExitStatus"][0].split() and run.code == 77, run
