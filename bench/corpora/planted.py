#!/usr/bin/env python3
"""Unrelated programs with private modules planted into them, and decoys, for `cognate-bench planted`.

    planted.py OUT [--recipe planted.tsv] [--jobs 1]      -> OUT/programs/…, OUT/planted.tsv

Sources come from PyPI and crates.io (`planted.tsv`), and are compiled and never run. Each module stands in three hosts, each time as a
family of its own under the module's actor: host and module are compiled alike and linked into one shared object or DLL, the module's
objects together amid the host's, everything hidden and stripped. Columns of planted.tsv:

    path  family  actor  host  module  beside  size  functions  build  role

beside is a second module in it; size is about how many functions the module has, functions how many it has (gcc -O1); build is COMPILER-LEVEL-TARGET, with `-older` where the
module is of its older version. Roles: `planted`; `lent` (the module of an actor in a program of another, who has one too); `flag` (a small module
copied in, as the object code of another actor's build, beside the actor's own); `public` (no module; a library that programs of four actors link).
"""
import argparse
import concurrent.futures
import csv
import fnmatch
import glob
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent / "base"))
from compiled import checked, of_crates, of_pypi  # noqa: E402

BUILDS = {
    "gcc-O2-linux": ["gcc-12", "-O2", "-fPIC"],
    "gcc-O0-linux": ["gcc-12", "-O0", "-fPIC"],
    "clang-O2-linux": ["clang-16", "-O2", "-fPIC"],
    "gcc-O2-win": ["x86_64-w64-mingw32-gcc", "-O2"],
}
COUNTED = ["gcc-12", "-O1", "-fPIC"]
SIZES = (20, 100)
# Hosts of a module.
TIMES = 3
COLUMNS = "path family actor host module beside size functions build role".split()


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:300]}\n{done.stdout[-600:]}")
    return done.stdout


def draw(text, number):
    """A number below `number` that hangs on a text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % number


def fetched(row, version, out):
    """The folder with a package's files; fetched once."""
    folder = out / "src" / f"{row['package']}-{version}"
    if not folder.is_dir():
        data = checked(*{"crates": of_crates, "pypi": of_pypi}[row["registry"]](row["package"], version))
        with tempfile.TemporaryDirectory(dir=out) as work:
            tar = pathlib.Path(work, "package")
            tar.write_bytes(data)
            with tarfile.open(tar) as archive:
                archive.extractall(pathlib.Path(work, "unpacked"), filter="data")
            folder.parent.mkdir(exist_ok=True)
            next(pathlib.Path(work, "unpacked").iterdir()).rename(folder)
    return folder


def files(row, folder):
    """Its files, in the order of their names; and where it looks for headers."""
    found = sorted({path for pattern in row["files"].split() for path in glob.glob(str(folder / pattern))})
    left = row["not"].split()
    include = row["include"].split()
    headers = [f"-I{path}" for pattern in include for path in sorted(glob.glob(str(folder / pattern)))] + [one for one in include if one.startswith("-D")]
    return [path for path in found if not any(fnmatch.fnmatch(os.path.basename(path), one) for one in left)], headers


def compiled(row, version, command, build, out):
    """Its objects by the source's name; nothing where a target lacks what it needs."""
    paths, headers = files(row, fetched(row, version, out))
    if not paths:
        raise RuntimeError(f"{row['name']}: no files")
    folder = out / "objects" / build / f"{row['name']}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    objects, failed = {}, []
    for path in paths:
        objects[os.path.basename(path)] = at = folder / (os.path.basename(path) + ".o")
        if not at.exists():
            try:
                run([*command, "-w", "-DNDEBUG", "-fvisibility=hidden", "-c", *headers, path, "-o", str(at)])
            except RuntimeError as error:
                failed.append(str(error))
    if failed and not build.endswith("-win"):
        raise RuntimeError("\n".join(failed))
    if failed:
        print(f"{row['name']} has no build for Windows: {failed[0][-200:]}", file=sys.stderr)
    return {} if failed else objects


def functions(path):
    """How many functions an object defines."""
    return sum(line.split()[1] in "tT" for line in run(["nm", str(path)]).splitlines() if len(line.split()) == 3)


def split(row, out):
    """The files of each size: the first ones that have as many functions, then the first of the rest; and how many they have."""
    counted = {name: functions(path) for name, path in compiled(row, row["version"], COUNTED, "counted", out).items()}
    left, modules = dict(counted), {}
    for size in SIZES:
        chosen = []
        for name, number in list(left.items()):
            # a file that goes far beyond is left for what follows
            if sum(counted[one] for one in chosen) + number <= 1.2 * size:
                chosen.append(name)
                del left[name]
        modules[size] = (chosen, sum(counted[one] for one in chosen))
    return modules


def link(objects, path, build):
    """One program of objects in their order; what none of them defines stays open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    windows = build.endswith("-win")
    linker = "x86_64-w64-mingw32-gcc" if windows else "gcc-12"
    more = ["-Wl,--exclude-all-symbols"] if windows else ["-lm", "-Wl,--unresolved-symbols=ignore-all"]
    command = [linker, "-shared", "-s", "-Wl,--allow-multiple-definition", *more, *map(str, objects), "-o", str(path)]
    if not windows:
        return run(command)
    try:
        run(command)
    except RuntimeError:
        # what stays open has to be somewhere: one function that returns bears all these names
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace").stdout
        names = sorted(set(re.findall(r"undefined reference to `([^']+)'", said)))
        with tempfile.TemporaryDirectory() as work:
            stub = pathlib.Path(work, "open.s")
            stub.write_text("".join(f".globl {name}\n{name}:\n" for name in names) + "ret\n")
            run([*command, str(stub)])


class Corpus:
    def __init__(self, rows, out):
        self.out, self.rows, self.made = out, {row["name"]: row for row in rows}, []
        self.parts = {name: split(row, out) for name, row in self.rows.items() if row["role"] == "module"}
        self.objects = {}

    def of(self, name, build, older=False):
        row = self.rows[name]
        key = (name, build, older)
        if key not in self.objects:
            self.objects[key] = compiled(row, row["older" if older else "version"], BUILDS[build], build, self.out)
        return self.objects[key]

    def module(self, name, size, build, older=False):
        objects = self.of(name, build, older)
        return [objects[one] for one in self.parts[name][size][0] if one in objects]

    def program(self, host, planted, build, row):
        """Links a host with what is planted amid it."""
        objects = list(self.of(host, build).values())
        if not objects or not all(planted):
            return
        at = draw(f"{host} {row['module']} {row['size']}", len(objects) + 1)
        amid = [one for part in planted for one in part]
        name = f"{row['family']}-{row['build']}" + (".dll" if build.endswith("-win") else ".so")
        path = self.out / "programs" / name
        link([*objects[:at], *amid, *objects[at:]], path, build)
        self.made.append({**row, "path": str(path), "host": host})

    def row(self, host, name, size, build, role, actor=None, beside="-", older=False):
        module = f"{name}-{size}"
        number = self.parts[name][size][1]
        return dict(family=f"{role}-{host}-{module}", actor=actor or self.rows[name]["actor"], module=module, beside=beside, size=size, functions=number, build=build + "-older" * older, role=role)


def hosts(corpus, name, size):
    """Three hosts of a module, two of which no base knows."""
    all_hosts = [row["name"] for row in corpus.rows.values() if row["role"] == "host"]
    unknown, known = all_hosts[:4], all_hosts[4:]
    first = draw(f"{name} {size}", 4)
    return [unknown[first], unknown[(first + 1) % 4], known[draw(f"known {name} {size}", 4)]][:TIMES]


def build(corpus):
    modules = [name for name, row in corpus.rows.items() if row["role"] == "module"]
    public = next(name for name, row in corpus.rows.items() if row["role"] == "public")
    for place, name in enumerate(modules):
        other = modules[(place + 1) % len(modules)]
        for size in SIZES:
            for host in hosts(corpus, name, size):
                for one in BUILDS:
                    corpus.program(host, [corpus.module(name, size, one)], one, corpus.row(host, name, size, one, "planted"))
                if corpus.rows[name]["older"] != "-":
                    one = "gcc-O2-linux"
                    corpus.program(host, [corpus.module(name, size, one, True)], one, corpus.row(host, name, size, one, "planted", older=True))
        one, lent_to = "gcc-O2-linux", corpus.rows[other]["actor"]
        # a host that neither module stands in
        free = [host for host in ("markup", "script", "packer", "deflate") if host not in hosts(corpus, name, 100) + hosts(corpus, other, 20)]
        corpus.program(free[0], [corpus.module(name, 100, one), corpus.module(other, 20, one)], one, corpus.row(free[0], name, 100, one, "lent", lent_to, f"{other}-20"))
        corpus.program(free[1], [corpus.module(name, 100, one), corpus.module(other, 20, one)], one, corpus.row(free[1], other, 20, one, "flag", corpus.rows[name]["actor"], f"{name}-100"))
    for place, host in enumerate(("ephemeris", "aligner", "astronomy", "store")):
        for one in BUILDS:
            row = dict(family=f"public-{host}", actor=corpus.rows[modules[place]]["actor"], module=public, beside="-", size=0, functions=0, build=one, role="public")
            corpus.program(host, [list(corpus.of(public, one).values())], one, row)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--recipe", default=HERE / "planted.tsv", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with open(args.recipe) as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
    corpus = Corpus(rows, out)
    everything = [(row["name"], one, older) for row in rows for one in BUILDS for older in ([False, True] if row["older"] != "-" and one == "gcc-O2-linux" else [False])]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for done in [pool.submit(corpus.of, *job) for job in everything]:
            done.result()
    build(corpus)
    with open(out / "planted.tsv", "w") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(corpus.made)
    for name, sizes in corpus.parts.items():
        print(name, {size: (number, files) for size, (files, number) in sizes.items()})
    print(len(corpus.made), "programs")


main()
