"""kubernetes: every pod fits the profile "restricted", and its containers run so: another user, nothing to write to, no capability."""

import glob
import os

import pytest
from manifests import container_of, containers_of, pod_of, restricted
from postgres import wait_until
from texts import EXAMPLES, documents, read

PODS = ["init-container.yaml", "job.yaml", "deployment.yaml", "sidecar.yaml"]


def manifest(name):
    (one,) = documents("kubernetes", name)
    return one


def secrets():
    secret = manifest("secret.yaml")
    return {(secret["metadata"]["name"], key): value for key, value in secret["stringData"].items()}


@pytest.fixture
def image(host):
    return host.image("plain", "Dockerfile")


@pytest.fixture
def shop(empty_shop):
    """A role that owns the schema, and one that may only read and write."""
    shop = empty_shop
    shop.run("ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT ON TABLES TO shop_app")
    shop.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO shop_owner")
    return shop


def start(host, image, name, container, env=None, **more):
    described, options = container_of(manifest(name), container, secrets())
    options["env"] = {**options["env"], **(env or {})}
    return described, host.start(image, **{**options, **more})


def answers(run, container):
    """Which of the container's probes say yes."""
    return {kind for kind in ("startupProbe", "livenessProbe", "readinessProbe") if kind in container and run.exec(*container[kind]["exec"]["command"])[0] == 0}


def test_every_manifest_is_here():
    assert {os.path.basename(path) for path in glob.glob(f"{EXAMPLES}/kubernetes/*.yaml")} == {"secret.yaml", *PODS}


@pytest.mark.parametrize("name", PODS)
def test_restricted(name):
    restricted(manifest(name))


@pytest.mark.parametrize("name", PODS)
def test_shape(name):
    """What the API server would refuse: selectors, restart policies, names of secrets and volumes."""
    one = manifest(name)
    kinds = {"Deployment": "apps/v1", "Job": "batch/v1"}
    assert kinds[one["kind"]] == one["apiVersion"] and one["metadata"]["name"]
    pod = pod_of(one)
    if one["kind"] == "Deployment":
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
        assert "restartPolicy" not in pod
    else:
        assert pod["restartPolicy"] == "Never"
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for container in containers_of(pod):
        for entry in container.get("env", []):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            assert not reference or (reference["name"], reference["key"]) in secrets()
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes


def test_init_containers_of_three_pods(host, image, shop):
    runs = [start(host, image, "init-container.yaml", "migrate")[1] for _ in range(manifest("init-container.yaml")["spec"]["replicas"])]
    assert [run.wait() for run in runs] == [0, 0, 0], runs
    assert len(shop.history()) == 3 and sum(run.err.count("✓ 0001") for run in runs) == 1
    container, run = start(host, image, "init-container.yaml", "shop")
    run.out.wait_for("listening on port 8080")
    assert answers(run, container) == {"livenessProbe", "readinessProbe"}
    assert host.get(8080)[0] == 200
    assert not run.err.find("MIGRATE"), run


def test_container_is_as_the_manifest_says(host, image, shop):
    """The user, no capability, no way to new privileges, and a root that cannot be written."""
    look = "id -u; grep -E 'Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs' /proc/1/status; touch /app/x /tmp/x /x"
    _, run = start(host, image, "job.yaml", "migrate", entrypoint=["sh"], command=["-c", look])
    assert run.wait() == 1, run
    assert run.out.lines[0] == "10001"
    assert [line.split("\t")[1] for line in run.out.lines[1:]] == ["0" * 16] * 4 + ["1"], run
    assert run.err.count("Read-only file system") == 3, run


def test_job(host, image, shop):
    _, run = start(host, image, "job.yaml", "migrate")
    assert run.wait() == 0 and len(shop.history()) == 3, run


@pytest.mark.parametrize("url,code", [("postgresql://shop_owner:wrong4all@db:5432/shop", 77), ("what:is this", 78)])
def test_job_is_not_tried_again_in_vain(host, image, shop, url, code):
    (rule,) = manifest("job.yaml")["spec"]["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob" and code in rule["onExitCodes"]["values"]
    _, run = start(host, image, "job.yaml", "migrate", env={"DATABASE_URL": url, "MIGRINIT_WAIT_AUTH_GRACE": "0"})
    assert run.wait() == code, run


def test_helm_hook_is_told_to_run_before():
    annotations = manifest("job.yaml")["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "before-hook-creation" in annotations["helm.sh/hook-delete-policy"]


def test_probes_of_a_deployment(host, image, shop):
    """A migration that takes long is alive and on its way; ready is who serves."""
    with open(image.file("/app/migrations/0004_long.sql"), "w", encoding="ascii") as f:
        f.write("SELECT pg_advisory_xact_lock(9);\n")
    with shop.session() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(9)")
        container, run = start(host, image, "deployment.yaml", "shop")
        wait_until(lambda: "migrating" in run.exec("migrinit", "health")[1], "the long migration")
        assert answers(run, container) == {"startupProbe", "livenessProbe"}
    run.out.wait_for("listening on port 8080, migrations: ok")
    wait_until(lambda: answers(run, container) == {"startupProbe", "livenessProbe", "readinessProbe"}, "all probes")
    assert host.get(8080)[0] == 200


def test_owner_s_credentials_are_not_the_app_s(host, image, shop):
    _, run = start(host, image, "deployment.yaml", "shop", command=["env"], env={"MIGRINIT_APP_READY": "started"})
    assert run.wait() == 0, run
    assert run.out.find("^DATABASE_URL=postgresql://shop_app:") and "shop_owner" not in run.out.text
    run.out.lines.clear()  # it is `env` that has printed a password


def test_native_sidecar_comes_first(host, image, shop):
    """An init container with restartPolicy Always, a proxy to the database: started first, in time by its probe."""
    pod = pod_of(manifest("sidecar.yaml"))
    sidecar, migrate = pod["initContainers"]
    assert sidecar["restartPolicy"] == "Always" and "startupProbe" in sidecar
    assert migrate["command"] == ["migrinit", "migrate"] and "restartPolicy" not in migrate
    _, run = start(host, image, "sidecar.yaml", "migrate")
    assert run.wait() == 0 and len(shop.history()) == 3, run


def test_readme_names_every_manifest():
    text = read("kubernetes", "README.md")
    for name in PODS:
        assert f"]({name})" in text
