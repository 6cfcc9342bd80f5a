#!/usr/bin/env python3
"""Which files does `triage --groups` put together, and which of them wrongly?

Software of known lineage is asked all at once, a store of one small file beside it: only the base of known components and
the files themselves say what belongs together. A table names the files (columns path, lineage, platform; tab-separated).

    bench/groups.py COGNATE files.tsv [--keep FOLDER] [--threads N] [--goodware files.tsv]

Prints groups, files of several lineages in one group, and of the files that have another of their lineage and platform, how
many are in a group with one.
"""

import argparse
import csv
import json
import resource
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

FIXTURE = Path(__file__).resolve().parent.parent / "crates/cli/tests/fixtures/gamma.elf"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cognate", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for the answer")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--goodware", type=Path, help="a table of files that are stored as goodware, by their lineages")
    parser.add_argument("--only-groups", action="store_true", help="leave out the run without groups")
    asked = parser.parse_args()
    with asked.table.open() as table:
        files = {row["path"]: row for row in csv.DictReader(table, delimiter="\t")}
    with tempfile.TemporaryDirectory() as folder:
        keep = asked.keep or Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        common = ["--store", f"{folder}/store", "--threads", asked.threads, "--quiet"]
        run([asked.cognate, "index", FIXTURE, "--family", "grid", "--kind", "goodware", *common])
        if asked.goodware:
            stored = Path(folder) / "stored.tsv"
            with asked.goodware.open() as table, stored.open("w") as labels:
                labels.write("path\tfamily\tversion\tactor\tkind\tsource\n")
                for row in csv.DictReader(table, delimiter="\t"):
                    labels.write(f"{row['path']}\t{row['lineage']}\t\t\tgoodware\tbench\n")
            run([asked.cognate, "index", "--manifest", stored, *common])
        for form in [["--groups"]] if asked.only_groups else [[], ["--groups"]]:
            begun = time.monotonic()
            answer = run([asked.cognate, "triage", *files, "--json", *form, *common])
            took = time.monotonic() - begun
            print(f"triage {' '.join(form)}: {took:.0f} s, {len(files) / took * 3600:.0f} files an hour")
    print(f"most memory of one process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")
    (keep / f"{asked.table.parent.name}.json").write_text(answer)
    tell(json.loads(answer), files)


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{command[:3]}: {done.stderr}")
    return done.stdout


def tell(document, files):
    groups, group_of = defaultdict(list), {}
    for row in document["rows"]:
        if row["group"] is not None:
            groups[row["group"]].append(row["name"])
            group_of[row["name"]] = row["group"]
    lineage = {name: row["lineage"] for name, row in files.items()}
    kind = {name: (row["lineage"], row["platform"]) for name, row in files.items()}
    print(f"{len(files)} files of {len(set(lineage.values()))} lineages: {len(groups)} groups of {len(group_of)} files")
    mixed = {number: names for number, names in groups.items() if len({lineage[name] for name in names}) > 1}
    wrong = sum(
        1 for names in mixed.values() for at, a in enumerate(names) for b in names[:at] if lineage[a] != lineage[b]
    )
    print(f"groups of several lineages: {len(mixed)}; pairs of files wrongly in one group: {wrong}")
    for number, names in sorted(mixed.items()):
        told = next(group for group in document["groups"] if group["number"] == number)
        counts = ", ".join(f"{name} {count}" for name, count in Counter(lineage[name] for name in names).most_common())
        print(f"  group {number}: {counts}; {told['pairs']} pairs of {told['contents']} contents, bridges {len(told['bridges'])}")
    for what, of in [("of their lineage and platform", kind), ("of their lineage", lineage)]:
        same = defaultdict(list)
        for name in files:
            same[of[name]].append(name)
        partners = [name for names in same.values() if len(names) > 1 for name in names]
        with_one = [
            name
            for name in partners
            if name in group_of and any(other != name and of[other] == of[name] for other in groups[group_of[name]])
        ]
        print(f"files with another {what}: {len(partners)}; in a group with one: {len(with_one)}")


if __name__ == "__main__":
    main()
