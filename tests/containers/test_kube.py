"""A pod, as Kubernetes has it: migrations in an init container, the app after it, both restricted."""

import json

import pytest
from engine import NETWORK, PATIENCE, inspect, podman
from postgres import wait_until

# What Kubernetes' "restricted" profile asks of a container.
RESTRICTED = {
    "runAsNonRoot": True,
    "runAsUser": 65534,
    "runAsGroup": 65534,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def container(name, image, database, **more):
    env = [{"name": "DATABASE_URL", "value": database.url}, *more.pop("env", [])]
    common = {"name": name, "image": f"localhost/{image}", "imagePullPolicy": "Never", "env": env}
    return {**common, "securityContext": RESTRICTED, **more}


@pytest.fixture
def play(database, tmp_path):
    """Plays a pod whose init container migrates the folder; gives what podman said."""
    manifest = tmp_path / "pod.json"

    def pod(place):
        mount = [{"name": "migrations", "mountPath": "/migrations", "readOnly": True}]
        migrate = container("migrate", "migrinit", database, args=["migrate"], volumeMounts=mount)
        verify = [{"name": "AUTO_MIGRATE", "value": "verify"}]
        app = container("app", "app", database, env=verify, volumeMounts=mount)
        volume = {"name": "migrations", "hostPath": {"path": place, "type": "Directory"}}
        spec = {"restartPolicy": "Never", "initContainers": [migrate], "containers": [app], "volumes": [volume]}
        kind = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop"}, "spec": spec}
        manifest.write_text(json.dumps(kind), encoding="utf-8")
        return podman("play", "kube", "--network", NETWORK, str(manifest), check=False)

    yield pod
    podman("pod", "rm", "-f", "-t", "0", "shop", check=False)


def test_the_app_starts_after_the_init_container(play, database, folder):
    said = play(folder(m0001_a="CREATE TABLE a (n int);"))
    assert said.returncode == 0, said
    assert database.history() == ["0001_a"]
    wait_until(lambda: "started" in podman("logs", "shop-app").stdout, "the app has started", PATIENCE)
    podman("stop", "-t", "10", "shop-app")
    assert inspect("shop-app")["State"]["ExitCode"] == 0


def test_no_app_where_the_init_container_fails(play, database, folder):
    said = play(folder(m0001_a="CREATE TABLE a (n int);", m0002_b="SELECT nonsense;"))
    assert said.returncode != 0
    assert "exited with code 1" in said.stdout + said.stderr
    assert database.history() == ["0001_a"]
    assert inspect("shop-app")["State"]["Status"] == "created"
