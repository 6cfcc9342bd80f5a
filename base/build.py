#!/usr/bin/env python3
"""Fetches and builds what the base of known libraries is made from.

    build.py OUT [--only STEP,…] [--component NAME,…]        -> OUT/files/…, OUT/manifest.tsv, OUT/missing.tsv

Reads sources.tsv and recipes.toml beside it (README.md tells their columns). What OUT/manifest.tsv lists is not made
again, so a run that was stopped goes on where it was. Nothing that is fetched is ever run. Needs Debian's apt, dpkg and
binutils (also for aarch64, i686 and MinGW), and for what is compiled the compilers that recipes.toml names.
"""
import argparse
import collections
import csv
import fnmatch
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import compiled  # noqa: E402
import debian  # noqa: E402
import glue  # noqa: E402
import natives  # noqa: E402
import rust_dist  # noqa: E402
from link import function_names  # noqa: E402

MANIFEST = "path component version kind toolchain arch names known_by".split()


class Output:
    """The files made so far, and the table of them."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.manifest = os.path.join(self.folder, "manifest.tsv")
        self.missing = os.path.join(self.folder, "missing.tsv")
        os.makedirs(os.path.join(self.folder, "files"), exist_ok=True)
        self.finished_list = os.path.join(self.folder, "finished.tsv")
        for path, columns in ((self.manifest, MANIFEST), (self.missing, ["what", "why"]), (self.finished_list, ["what"])):
            if not os.path.exists(path):
                self.append(path, columns)
        self.finished, self.given_up, self.made = [{line.rstrip("\n").split("\t")[0] for line in open(path, encoding="utf-8")} for path in (self.finished_list, self.missing, self.manifest)]

    def is_finished(self, what):
        """Whether a row of the sources needs nothing more."""
        return what in self.finished

    def finish(self, what):
        self.finished.add(what)
        self.append(self.finished_list, [what])

    def place(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def add(self, name, source, version, toolchain, arch, names="symbols", known_by="all"):
        """Takes a file that lies at its place into the manifest; without names of functions it is dropped.

        Known by `bytes` is what every compiler puts into the functions of those who use it: what such a function computes is
        found in theirs too. Known by `several` is what a file holds beside much else: only what several builds share is it.
        """
        path = os.path.join(self.folder, name)
        if names == "symbols" and not function_names(path):
            os.remove(path)
            return self.give_up(name, "no names of functions")
        if name in self.made:
            return
        self.made.add(name)
        self.append(self.manifest, [name, source["component"], version, source["kind"], toolchain, arch, names, known_by])

    def give_up(self, name, why):
        if name in self.given_up:
            return
        self.given_up.add(name)
        self.append(self.missing, [name, " ".join(why.split())[:300]])
        print("MISSING", name, " ".join(why.split())[:200], file=sys.stderr, flush=True)

    def append(self, path, columns):
        with open(path, "a", encoding="utf-8") as file:
            file.write("\t".join(columns) + "\n")


def read_sources():
    with open(os.path.join(HERE, "sources.tsv"), encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--only", help="steps: debian, rust-dist, natives, glue, compiled")
    parser.add_argument("--component", help="components (patterns)")
    options = parser.parse_args()
    out = Output(options.out)
    patterns = options.component.split(",") if options.component else ["*"]
    steps = {"debian": debian, "rust-dist": rust_dist, "natives": natives, "glue": glue, "compiled": compiled}
    sources = collections.defaultdict(list)
    for source in read_sources():
        if any(fnmatch.fnmatchcase(source["component"], pattern) for pattern in patterns):
            step = "natives" if source["build"] in ("static", "any") else "glue" if source["kind"] == "glue" else source["registry"]
            sources[step if step in steps else "compiled"].append(source)
    wanted = options.only.split(",") if options.only else steps
    os.makedirs(os.path.join(out.folder, "work"), exist_ok=True)
    for step in wanted:
        steps[step].build(sources[step], out)


if __name__ == "__main__":
    main()
