#!/usr/bin/env python3
"""Names for functions of Microsoft's runtime in files that bear none, by the FLIRT signatures of PyPI's `flare-floss` (Apache-2.0).

    labels.py OUT SIGNATURES COGNATE        -> OUT/labels.tsv: path, address, name

SIGNATURES is the folder `floss/sigs` of that wheel, COGNATE the program, which says where functions start. Only a function that one
name fits is listed. Needs PyPI's `python-flirt`.
"""
import csv
import glob
import json
import os
import struct
import subprocess
import sys

import flirt

ARCHES = ("x86", "x86-64")
LONGEST = 1 << 16


def main():
    out, signatures, cognate = sys.argv[1:4]
    parsed = []
    for path in sorted(glob.glob(os.path.join(signatures, "*msvc*.sig"))):
        with open(path, "rb") as file:
            parsed += flirt.parse_sig(file.read())
    matcher = flirt.compile(parsed)
    with open(os.path.join(out, "manifest.tsv"), encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["names"] == "none" and row["arch"] in ARCHES]
    with open(os.path.join(out, "labels.tsv"), "w", encoding="utf-8") as table:
        table.write("path\taddress\tname\n")
        for row in rows:
            found = named(os.path.join(out, row["path"]), matcher, cognate)
            table.writelines(f"{row['path']}\t{address:#x}\t{name}\n" for address, name in found)


def named(path, matcher, cognate):
    """(address, name) of the functions that one signature's name fits."""
    told = subprocess.run([cognate, "inspect", "--functions", "--json", path], capture_output=True, text=True, check=False)
    sample = json.loads(told.stdout)["samples"][0]
    with open(path, "rb") as file:
        sections = read_sections(file.read(), sample["base"])
    for function in sample["function_list"]:
        address = function["address"]
        body = next((data[address - start : address - start + LONGEST] for start, data in sections if start <= address < start + len(data)), b"")
        names = {name for match in matcher.match(body) for name, kind, offset in match.names if kind == "public" and offset == 0}
        if len(names) == 1:
            yield address, names.pop()


def read_sections(data, base):
    """[(address, bytes)] of a PE file's sections."""
    at = struct.unpack_from("<I", data, 0x3C)[0]
    count, optional = struct.unpack_from("<H12xH", data, at + 6)
    table = at + 24 + optional
    found = []
    for index in range(count):
        address, size, offset = struct.unpack_from("<III", data, table + 40 * index + 12)
        found.append((base + address, data[offset : offset + size]))
    return found


if __name__ == "__main__":
    main()
