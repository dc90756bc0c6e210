"""folders.py OUT_DIR - the golden folders as inputs of the fuzz target `formats`, one file each."""

import hashlib
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden")


def folder_text(case):
    parts = []
    for folder, _, names in sorted(os.walk(os.path.join(case, "tree"))):
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                parts.append(b"=== " + os.path.relpath(path, os.path.join(case, "tree")).encode() + b"\n" + f.read())
    rows = os.path.join(case, "applied.txt")
    if os.path.exists(rows):
        with open(rows, "rb") as f:
            parts.append(b"=== rows " + f.read())
    return b"\n".join(parts)


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    for case, folders, _ in os.walk(ROOT):
        if "tree" in folders:
            text = folder_text(case)
            with open(os.path.join(sys.argv[1], hashlib.sha1(text).hexdigest()), "wb") as f:
                f.write(text)


main()
