#!/usr/bin/env python3
"""Prints the licences of all that is linked into the program, with their texts.

    tools/licences.py TARGET > LICENCES.txt

Reads what cargo says (offline) and the files that each crate ships: the same lock file gives the same text.
C code that crates bring lies in their folders, and so do its licences.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("licen", "copying", "notice", "unlicense", "copyright")
CODE = (".rs", ".c", ".h", ".py", ".sh", ".toml", ".html", ".json")
DATA = ROOT / "crates/case/data/NOTICE"


def main():
    target = sys.argv[1]
    command = ["cargo", "metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    linked = [packages[name] for name in linked_into("cognate", metadata)]
    linked.sort(key=lambda package: (package["name"], package["version"]))
    foreign = [package for package in linked if package["source"] or "vendor" in package["manifest_path"]]
    print(f"cognate is under MIT or Apache-2.0. Linked into it for {target}, with their licences:\n")
    for package in foreign:
        licence = package["license"] or "see below"
        print(f"  {package['name']} {package['version']}: {licence}")
    print("  Rust's standard library: MIT or Apache-2.0")
    print("  the C library that the target brings: musl: MIT; glibc: LGPL-2.1-or-later; MinGW-w64: ZPL and others")
    print("  SQLite, in libsqlite3-sys: public domain")
    heading("data: names of actors")
    print(DATA.read_text().strip())
    texts, silent = {}, []
    for package in foreign:
        name = f"{package['name']} {package['version']}"
        files = licence_files(pathlib.Path(package["manifest_path"]).parent)
        silent += [] if files else [name]
        for path in files:
            text = path.read_text(errors="replace").replace("\r\n", "\n").strip()
            names, _ = texts.setdefault(" ".join(text.split()), ([], text))
            names.append(name)
    if silent:
        heading("without a text of their own: the licence is the one named above")
        print("\n".join(silent))
    for names, text in texts.values():
        heading("\n".join(dict.fromkeys(names)))
        print(text)


def linked_into(name, metadata):
    """The packages that a program links, itself included: neither tests nor what builds it."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    ahead = [package["id"] for package in metadata["packages"] if package["name"] == name]
    seen = set()
    while ahead:
        here = ahead.pop()
        if here in seen:
            continue
        seen.add(here)
        for dependency in nodes[here]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                ahead.append(dependency["pkg"])
    return seen


def licence_files(folder):
    """Files that are licences by their names, code that is called so left out."""
    found = [path for path in folder.rglob("*") if path.name.lower().startswith(NAMES) and path.is_file()]
    return sorted(path for path in found if path.suffix not in CODE and "target" not in path.parts)


def heading(text):
    print(f"\n{'=' * 80}\n{text}\n{'=' * 80}\n")


if __name__ == "__main__":
    main()
