#!/usr/bin/env python3
"""How often the known function that a function is said to be like is the one that it is, by name.

usage: known_as.py COGNATE CORPUS…        CORPUS in the layout of the controlled corpus
"""
import collections
import csv
import gzip
import json
import re
import subprocess
import sys

# Of long names so much is compared; of a C++ function the part after its last `::`.
LONGEST, LONGEST_CPP = 28, 12


def same(known, base):
    """Whether a name of the base is that of the truth, which may be mangled."""
    if base.startswith("_Z"):
        return re.sub(r"^.*::", "", known[:LONGEST])[:LONGEST_CPP] in base
    return known[:LONGEST] == base[:LONGEST]


def functions(cognate, corpus):
    """Each function of a corpus that is like a known one: its level or `runtime`, the known one's name, its own."""
    for row in csv.DictReader(open(f"{corpus}/manifest.tsv"), delimiter="\t"):
        path = f"{corpus}/stripped/{row['family']}/{row['id']}" + (".exe" if row["format"] == "pe" else "")
        with gzip.open(f"{corpus}/functions/{row['family']}/{row['id']}.tsv.gz", "rt") as table:
            truth = {int(it["address"], 16): it for it in csv.DictReader(table, delimiter="\t")}
        run = subprocess.run([cognate, "inspect", "--functions", "--json", "-q", path], capture_output=True, check=True)
        for function in json.loads(run.stdout)["samples"][0]["function_list"]:
            known = truth.get(function["address"])
            if known and function["known_as"]:
                level = "runtime" if known["component"] == "runtime" else row["opt"]
                yield level, function["known_as"], known["base"]


counts = collections.Counter()
for corpus in sys.argv[2:]:
    counts.update((level, same(known, base)) for level, known, base in functions(sys.argv[1], corpus))
for level in sorted({level for level, _ in counts}):
    right, wrong = counts[level, True], counts[level, False]
    print(f"{level}\t{right} of {right + wrong}\t{right / (right + wrong):.1%}")
