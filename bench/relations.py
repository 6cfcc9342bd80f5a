"""How often `cognate match` calls unrelated software related: true by name, or false.

    python3 bench/relations.py COGNATE SAMPLES.tsv FOLDER [--kind malware|goodware] [--left-out]

SAMPLES.tsv has lines of file, family and version with tabs between (lines that
begin with # are skipped; `samples26.tsv` is one), FOLDER holds the files. All go
into one store with the kind as label; then every file is asked about, and every
pair of query and family that is called significant is counted. A pair is true
when the family is the query's own (leveldown and classic-level are one project),
false otherwise. With `--left-out` the query's own family is not in the store, so
that every relation is false.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SAME = {"classic-level": "leveldown"}


def rows(path, folder):
    with open(path) as file:
        lines = [line.rstrip("\n").split("\t")[:3] for line in file if line.strip() and not line.startswith("#")]
    return [[os.path.join(folder, name), family, version] for name, family, version in lines]


def store(cognate, files, kind, folder):
    manifest = os.path.join(folder, "manifest.tsv")
    with open(manifest, "w") as out:
        out.write("path\tfamily\tversion\tkind\n")
        out.writelines("\t".join(row + [kind]) + "\n" for row in files)
    target = os.path.join(folder, "store")
    paths = [row[0] for row in files]
    subprocess.run([cognate, "--store", target, "-q", "index", "--manifest", manifest, *paths], check=True, stdout=subprocess.DEVNULL)
    return target


def significant(cognate, target, path):
    run = subprocess.run([cognate, "--store", target, "-q", "--json", "match", path], capture_output=True)
    if run.returncode == 2:
        sys.exit(f"{path}: {run.stderr.decode()}")
    families = json.loads(run.stdout)["answers"][0]["report"]["families"]
    return [(f["family"], round(f["standing"]["evidence_bits"])) for f in families if f["standing"]["significant"]]


def ask(cognate, asked, files, kind):
    with tempfile.TemporaryDirectory() as folder:
        target = store(cognate, files, kind, folder)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(zip(asked, pool.map(lambda row: significant(cognate, target, row[0]), asked)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cognate")
    parser.add_argument("samples")
    parser.add_argument("folder")
    parser.add_argument("--kind", default="malware")
    parser.add_argument("--left-out", action="store_true")
    args = parser.parse_args()
    files = rows(args.samples, args.folder)
    if args.left_out:
        answers = []
        for family in sorted({row[1] for row in files}):
            rest = [row for row in files if row[1] != family]
            answers += ask(args.cognate, [row for row in files if row[1] == family], rest, args.kind)
    else:
        answers = ask(args.cognate, files, files, args.kind)
    project = lambda family: SAME.get(family, family)
    pairs = [(row, family, bits) for row, found in answers for family, bits in found]
    false = [(row, family, bits) for row, family, bits in pairs if project(row[1]) != project(family)]
    print(f"{len(files)} files, kind {args.kind}{', own family left out' if args.left_out else ''}: "
          f"{len(pairs) - len(false)} relations true by name, {len(false)} false")
    for row, family, bits in sorted(false):
        print(f"  false: {os.path.basename(row[0])} ({row[1]}) -> {family}, {bits} bits")


main()
