#!/usr/bin/env python3
"""Fetch Debian packages and keep their ELF files, one of each content.

usage: fetch_debian.py LIST OUTDIR [--least 8192] [--most 8388608]      -> OUTDIR/PACKAGE__FILE, OUTDIR.tsv

LIST has names of packages and `#` comments; a package that the archive does not have is left out and said so. Needs Debian's `apt-get`
and `dpkg-deb`. OUTDIR.tsv says which version of each came; files below --least or above --most bytes are left out.
"""
import argparse, hashlib, os, shutil, subprocess, sys, tempfile

AT_ONCE = 24


def download(names, folder):
    """Fetches all of them, or one after the other where one is not there."""
    failed = subprocess.run(["apt-get", "download", *names], cwd=folder, capture_output=True).returncode
    if failed and len(names) == 1:
        print(f"not in the archive: {names[0]}", file=sys.stderr)
    elif failed:
        for name in names:
            download([name], folder)


def keep(package, out, least, most, seen):
    """Copies the ELF files of one package; how many."""
    kept = 0
    with tempfile.TemporaryDirectory() as tree:
        subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
        name = os.path.basename(package).split("_")[0]
        paths = sorted(os.path.join(folder, file) for folder, _, files in os.walk(tree) for file in files)
        for path in paths:
            if os.path.islink(path) or not least <= os.path.getsize(path) <= most:
                continue
            with open(path, "rb") as file:
                data = file.read()
            content = hashlib.sha256(data).digest()
            if data[:4] == b"\x7fELF" and content not in seen:
                seen.add(content)
                shutil.copyfile(path, os.path.join(out, f"{name}__{os.path.basename(path)}"))
                kept += 1
    return kept


ap = argparse.ArgumentParser()
ap.add_argument("list"); ap.add_argument("out")
ap.add_argument("--least", type=int, default=8 << 10); ap.add_argument("--most", type=int, default=8 << 20)
a = ap.parse_args()
names = [name for line in open(a.list) for name in line.split("#")[0].split()]
os.makedirs(a.out, exist_ok=True)
seen = set()
with open(a.out.rstrip("/") + ".tsv", "w") as table:
    table.write("package\tversion\tfiles\n")
    for start in range(0, len(names), AT_ONCE):
        with tempfile.TemporaryDirectory() as work:
            download(names[start:start + AT_ONCE], work)
            for deb in sorted(os.listdir(work)):
                name, version, _ = deb.replace("%3a", ":").split("_")
                kept = keep(os.path.join(work, deb), a.out, a.least, a.most, seen)
                table.write(f"{name}\t{version}\t{kept}\n")
        table.flush()
