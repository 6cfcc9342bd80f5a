#!/usr/bin/env python3
"""SQLite for 32-bit Windows by clang, without unwind data: functions found against the symbols of its object.

    pip install --target ZIG ziglang
    PYTHONPATH=ZIG python3 sqlite_x86.py SQLITE_FOLDER OUT COGNATE

SQLITE_FOLDER holds sqlite3.c and sqlite3.h (the crate libsqlite3-sys ships them). Needs nm and llvm-pdbutil. Nothing
that is built is run.
"""
import json
import os
import re
import subprocess
import sys

MAIN = '#include "sqlite3.h"\nint main(int c, char **v) { sqlite3 *d; sqlite3_open(v[1], &d); return sqlite3_exec(d, v[2], 0, 0, 0); }\n'
ZIG = [sys.executable, "-m", "ziglang", "cc", "-target", "x86-windows-gnu", "-O1"]


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def build(source, out):
    bare = ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables", "-g0", "-DSQLITE_THREADSAFE=0"]
    run(*ZIG, *bare, f"-I{source}", "-c", f"{source}/sqlite3.c", "-o", f"{out}/sq.obj")
    with open(f"{out}/main.c", "w", encoding="utf-8") as file:
        file.write(MAIN)
    run(*ZIG, f"{out}/sq.obj", f"{out}/main.c", f"-I{source}", "-g", "-o", f"{out}/sq.exe")


def truth(out):
    """The object's text is linked in one piece: where it lies is told by one public symbol."""
    rows = (line.split() for line in run("nm", "-n", f"{out}/sq.obj").splitlines() if re.search(r" [tT] ", line))
    offsets = {name: int(at, 16) for at, _, name in rows if not name.startswith(".")}
    publics = run("llvm-pdbutil", "dump", "-publics", f"{out}/sq.pdb", stderr=subprocess.DEVNULL)
    at = re.search(r"`_sqlite3_open`\s*\n.*addr = 0001:(\d+)", publics).group(1)
    base = 0x401000 + int(at) - offsets["_sqlite3_open"]
    return {base + offset for offset in offsets.values()}


def found(out, cognate):
    document = json.loads(run(cognate, "inspect", "--json", "--functions", f"{out}/sq.exe"))
    addresses = (row["address"] for row in document["samples"][0]["function_list"])
    return {int(at, 16) if isinstance(at, str) else at for at in addresses}


def main():
    source, out, cognate = sys.argv[1:4]
    os.makedirs(out, exist_ok=True)
    if not os.path.exists(f"{out}/sq.exe"):
        build(source, out)
    true = truth(out)
    there = {at for at in found(out, cognate) if min(true) <= at <= max(true)}
    print(f"functions {len(true)}, missed {len(true - there)}, spurious {len(there - true)}")


main()
