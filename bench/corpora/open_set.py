#!/usr/bin/env python3
"""Chooses the files of the open set out of a folder that fetch_wild.py filled and describe_wild.py described.

    open_set.py WILD [--most-bytes 6000000]      -> WILD/open.tsv: path, lineage, version, platform

Of each version and platform of a package one file, of the module that most of them have. A library that lies in a file of its own
beside the module is nobody's own code and is left out, as are Mach-O, .NET and damaged files and those over the limit.
"""
import argparse
import collections
import csv
import os

MACHINES = {"x86_64": "x64", "x86": "x86", "arm64": "arm64"}
SYSTEMS = {"pe": "win", "elf": "linux"}


def platform(row):
    """System and machine, or None where the file is of neither."""
    system, machine = SYSTEMS.get(row["format"]), MACHINES.get(row["arch"])
    return system and machine and f"{system}-{machine}"


def chosen(rows, most_bytes):
    """One row a version and platform: of the module found in most of them; where the version has none by that name, the largest."""
    places, sizes = collections.defaultdict(set), collections.Counter()
    for row in rows:
        places[row["unit"]].add((row["version"], platform(row), int(row["size"]) <= most_bytes))
        sizes[row["unit"]] = max(sizes[row["unit"]], int(row["size"]))
    first = max(places, key=lambda unit: (sum(fits for *_, fits in places[unit]), sizes[unit], unit))
    best = {}
    for row in rows:
        key, rank = (row["version"], platform(row)), (row["unit"] == first, int(row["size"]), row["path"])
        best[key] = max(best.get(key, (rank, row)), (rank, row), key=lambda pair: pair[0])
    return [row for _, (_, row) in sorted(best.items(), key=lambda item: item[0]) if int(row["size"]) <= most_bytes]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wild")
    parser.add_argument("--most-bytes", type=int, default=6_000_000)
    args = parser.parse_args()
    packages = collections.defaultdict(list)
    with open(os.path.join(args.wild, "manifest.tsv")) as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            native = platform(row) and not row["compiler"].startswith("dotnet")
            if native and row["role"] == "main":
                packages[row["family"]].append(row)
    with open(os.path.join(args.wild, "open.tsv"), "w") as out:
        out.write("path\tlineage\tversion\tplatform\n")
        for family in sorted(packages):
            for row in chosen(packages[family], args.most_bytes):
                out.write("\t".join([os.path.abspath(os.path.join(args.wild, row["path"])), row["lineage"], row["version"], platform(row)]) + "\n")


main()
