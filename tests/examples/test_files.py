"""Every YAML file of the examples can be read, and nothing in it is of no use."""

import glob
import os

import pytest
import yaml
from texts import EXAMPLES, compose

FILES = [os.path.relpath(path, EXAMPLES) for kind in ("yaml", "yml") for path in glob.glob(f"{EXAMPLES}/**/*.{kind}", recursive=True) if "node_modules" not in path]
SERVICE = {"image", "build", "environment", "command", "entrypoint", "depends_on", "restart", "deploy", "ports", "volumes", "networks", "secrets", "healthcheck"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


class Strict(yaml.SafeLoader):
    """As YAML says, and as SafeLoader does not: a key may be there once."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: a key twice"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("name", FILES)
def test_yaml_can_be_read(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as f:
        assert list(yaml.load_all(f, Loader=Strict))


@pytest.mark.parametrize("name", [name for name in FILES if os.path.basename(name) in ("compose.yaml", "stack.yaml", "coolify.migrate.yaml")])
def test_services(name):
    services = compose(*os.path.split(name))
    for service in services.values():
        assert set(service) <= SERVICE
        assert "image" in service or "build" in service
        assert not service.get("image", "").endswith(":latest") and ":" in service.get("image", ":")
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services and how["condition"] in CONDITIONS
        for entry in (service.get("environment") or {}).values():
            assert isinstance(entry, str), "numbers and booleans become others in a container"
