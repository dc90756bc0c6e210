"""Kubernetes manifests: what the profile "restricted" demands, and how their containers are run here.

The demands are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted),
and a read-only root besides.
"""

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
CONTAINER_KEYS = {"name", "image", "command", "args", "env", "envFrom", "ports", "securityContext", "resources", "volumeMounts",
                  "startupProbe", "livenessProbe", "readinessProbe", "restartPolicy"}  # fmt: skip


def pod_of(manifest):
    return manifest["spec"]["template"]["spec"] if "template" in manifest["spec"] else manifest["spec"]


def containers_of(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def restricted(manifest):
    """Fails where a pod of it would be refused, or could write to its root."""
    pod = pod_of(manifest)
    assert not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    assert pod["automountServiceAccountToken"] is False
    shared = pod["securityContext"]
    assert shared["runAsNonRoot"] is True and shared["runAsUser"] >= 1000
    assert shared["seccompProfile"] == {"type": "RuntimeDefault"}
    for volume in pod.get("volumes", []):
        assert set(volume) - {"name"} <= VOLUMES
    for container in containers_of(pod):
        assert set(container) <= CONTAINER_KEYS, container["name"]
        assert ":" in container["image"] and not container["image"].endswith(":latest")
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert not context.get("privileged") and context.get("runAsUser", shared["runAsUser"]) != 0
        assert not any("hostPort" in port for port in container.get("ports", []))


def secret_environment(container, secrets):
    """The environment with what secretKeyRef names put in."""
    env = {}
    for entry in container.get("env", []):
        if "value" in entry:
            assert isinstance(entry["value"], str), "the API server takes texts only"
            env[entry["name"]] = entry["value"]
        else:
            reference = entry["valueFrom"]["secretKeyRef"]
            env[entry["name"]] = secrets[reference["name"], reference["key"]]
    return env


def container_of(manifest, name, secrets):
    """A container, and the options to start it with: `command` takes the place of the entry point, `args` of the command."""
    pod = pod_of(manifest)
    container = next(c for c in containers_of(pod) if c["name"] == name)
    options = {
        "env": secret_environment(container, secrets),
        "entrypoint": container.get("command"),
        "command": container.get("args"),
        "user": pod["securityContext"]["runAsUser"],
        "read_only": container["securityContext"]["readOnlyRootFilesystem"],
        "capabilities": container["securityContext"]["capabilities"] != {"drop": ["ALL"]},
    }
    return container, options
