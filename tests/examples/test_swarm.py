"""swarm: a one-shot service, an app that holds itself back, and URLs in secrets."""

import re

import pytest
from texts import compose, documents

URLS = {"shop_migrate_url": "postgresql://shop_owner:owner4all@db:5432/shop", "shop_app_url": "postgresql://shop_app:app4all@db:5432/shop"}


@pytest.fixture
def services():
    return compose("swarm", "stack.yaml")


@pytest.fixture
def image(host):
    return host.image("plain", "Dockerfile")


@pytest.fixture
def shop(empty_shop):
    shop = empty_shop
    shop.run("GRANT CREATE ON SCHEMA public TO shop_owner")
    for what in ("SELECT ON TABLES", "USAGE ON SCHEMAS"):
        shop.run(f"ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT {what} TO shop_app")
    return shop


@pytest.fixture
def secrets(tmp_path):
    """Each service sees its own."""

    def of(service):
        for name, url in URLS.items():
            (tmp_path / name).write_text(url)
        return {f"/run/secrets/{name}": str(tmp_path / name) for name in service["secrets"]}

    return of


def test_app_waits_for_the_one_shot_service(host, services, image, shop, secrets):
    """All are started at once, as Swarm does."""
    app = services["app"]
    replicas = [host.service(image, app, env={"PORT": 8080 + n}, mounts=secrets(app)) for n in range(app["deploy"]["replicas"])]
    for run in replicas:
        run.err.wait_for("Waiting for the schema")
    one_shot = host.service(image, services["migrate"], mounts=secrets(services["migrate"]))
    assert one_shot.wait() == 0 and len(shop.history()) == 3, one_shot
    for number, run in enumerate(replicas):
        run.out.wait_for("listening")
        assert host.get(8080 + number)[0] == 200
        assert run.exec(*app["healthcheck"]["test"][1:])[0] == 0
    assert not any(re.search("✓ 0001", run.err.text) for run in replicas)


def test_one_shot_again(host, services, image, shop, secrets):
    mounts = secrets(services["migrate"])
    assert host.finish(image, services["migrate"], mounts=mounts).code == 0
    run = host.finish(image, services["migrate"], mounts=mounts)
    assert run.code == 0 and run.err.find("up to date"), run


def test_failure_is_tried_again(host, services, image, shop, secrets):
    """on-failure looks at the exit code."""
    with open(image.file("/app/migrations/0004_bad.sql"), "w", encoding="ascii") as f:
        f.write("SELECT nothing;\n")
    run = host.finish(image, services["migrate"], mounts=secrets(services["migrate"]))
    assert run.code == 1 and services["migrate"]["deploy"]["restart_policy"]["condition"] == "on-failure", run


def test_app_has_its_url_and_no_other(host, services, image, shop, secrets):
    app = services["app"]
    assert app["secrets"] == ["shop_app_url"]
    host.finish(image, services["migrate"], mounts=secrets(services["migrate"]))
    run = host.finish(image, app, mounts=secrets(app), command=["env"])
    assert run.code == 0 and run.out.find(f"^DATABASE_URL={URLS['shop_app_url']}$"), run
    assert not run.out.find("_FILE|MIGRINIT_(?!STATUS)"), run
    run.out.lines.clear()  # it is `env` that has printed a password


def test_stack_file():
    (stack,) = documents("swarm", "stack.yaml")
    for service in stack["services"].values():
        assert set(service["secrets"]) <= set(stack["secrets"]) and set(service["networks"]) <= set(stack["networks"])
        for name, value in service["environment"].items():
            assert name.endswith("_FILE") == value.startswith(("/run/secrets/", "DATABASE_URL:/run/secrets/")), "no secret in the environment"
    assert stack["services"]["migrate"]["deploy"]["replicas"] == 1
