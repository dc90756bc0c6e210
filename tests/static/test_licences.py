"""What is linked in is told: its licences by the program itself, all of it by the file at its side."""

import json
import os
import re
import subprocess

from program import PROGRAM, ROOT

FOLDER = os.path.dirname(PROGRAM)
FOR_TESTS = {"cmocka"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def linked_in():
    """The rows of sources.txt whose archive the linker was given: name -> version, licence, SHA-256, URL."""
    rows = [line.split() for line in read(os.path.join(ROOT, "static/sources.txt")).splitlines()]
    taken = {}
    for name, version, licence, sha256, _, url in (row for row in rows if row and row[0] != "#" and len(row) == 6):
        if name not in FOR_TESTS:
            taken.setdefault(name, []).append((version, licence, sha256, url))
    return taken


def bill():
    return json.loads(read(os.path.join(FOLDER, "migrinit.cdx.json")))


def test_license_prints_every_text():
    run = subprocess.run([PROGRAM, "--license"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("\nmigrinit\n========\n\n" + read(os.path.join(ROOT, "LICENSE")))
    for name, rows in linked_in().items():
        titles = [f"\n{name} {version} ({licence})\n" for version, licence, _, _ in rows]
        assert any(title in run.stdout for title in titles), name
    assert not any(name in run.stdout for name in FOR_TESTS)
    for holder in ("Rich Felker", "Apache License", "Regents of the University of California", "Marc Alexander Lehmann",
                   "Ben Hoyt", "Petri Lehtinen"):  # fmt: skip
        assert holder in run.stdout
    assert run.stderr == ""


def test_bill_of_materials_has_what_is_linked_in():
    components = {one["name"]: one for one in bill()["components"]}
    assert set(components) == set(linked_in()) | {"libgcc"}
    for name, rows in linked_in().items():
        one = components[name]
        (source,) = one["externalReferences"]
        told = (one["version"], one["licenses"][0]["license"]["id"], source["hashes"][0]["content"], source["url"])
        assert told in rows, name
        assert f"{name} {one['version']} (" in read(os.path.join(FOLDER, "licences.txt"))


def test_bill_of_materials_tells_what_was_changed():
    changed = {one["name"]: one["pedigree"]["notes"] for one in bill()["components"] if "pedigree" in one}
    assert set(changed) == {"postgresql"}
    assert "PBKDF2" in changed["postgresql"] and "/var/run/postgresql" in changed["postgresql"]


def test_bill_of_materials_is_cyclonedx():
    """What the schema bom-1.6 of cyclonedx.org asks of these objects."""
    document = bill()
    assert document["bomFormat"] == "CycloneDX" and document["specVersion"] == "1.6"
    assert set(document) <= {"$schema", "bomFormat", "specVersion", "version", "metadata", "components", "dependencies"}
    assert isinstance(document["version"], int) and document["version"] >= 1
    subject = document["metadata"]["component"]
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    assert (subject["type"], subject["name"], subject["version"]) == ("application", "migrinit", version)
    everything = [subject, *document["components"]]
    for one in everything:
        assert one["type"] in ("application", "library") and one["name"] and one["version"]
        assert re.fullmatch(r"cpe:2\.3:a(:[^:]+){10}", one.get("cpe", "cpe:2.3:a" + ":*" * 10))
        for source in one.get("externalReferences", []):
            assert source["type"] == "source-distribution" and source["url"].startswith("http")
            assert all(entry["alg"] == "SHA-256" and re.fullmatch("[0-9a-f]{64}", entry["content"]) for entry in source["hashes"])
    references = [one["bom-ref"] for one in everything]
    assert len(set(references)) == len(references)
    (dependency,) = document["dependencies"]
    assert dependency["ref"] == "migrinit" and sorted(["migrinit", *dependency["dependsOn"]]) == sorted(references)
