#!/usr/bin/env python3
"""Pick the ELF files of the wild corpus that carry a symbol table and make stripped twins.

usage: strip_twins.py WILD OUTDIR [--per-package 4]      -> OUTDIR/full/NAME, OUTDIR/stripped/NAME
NAME = package__version__platform__file. A file is taken once by content, at most --per-package of one
package and platform, the ones with most function symbols first. Needs binutils for x86 and AArch64.
"""
import argparse, hashlib, os, shutil, struct, subprocess


def function_symbols(b):
    """Number of sized function symbols in .symtab of a 64-bit little-endian ELF file, and its machine."""
    if b[:6] != b"\x7fELF\x02\x01":
        return 0, 0
    machine = struct.unpack_from("<H", b, 18)[0]
    shoff = struct.unpack_from("<Q", b, 40)[0]
    size, count = struct.unpack_from("<HH", b, 58)
    n = 0
    for i in range(count):
        _, typ, _, _, off, sz = struct.unpack_from("<IIQQQQ", b, shoff + i * size)
        if typ == 2:
            for o in range(off, off + sz, 24):
                _, info, _, shn, _, fs = struct.unpack_from("<IBBHQQ", b, o)
                n += info & 15 == 2 and 0 < shn < 0xff00 and fs > 0
    return n, machine


ap = argparse.ArgumentParser()
ap.add_argument("wild"); ap.add_argument("out"); ap.add_argument("--per-package", type=int, default=4)
a = ap.parse_args()
found, seen = {}, set()
for folder, _, names in os.walk(os.path.join(a.wild, "bin")):
    for name in names:
        path = os.path.join(folder, name)
        b = open(path, "rb").read()
        try:
            n, machine = function_symbols(b)
        except struct.error:
            continue
        h = hashlib.sha256(b).digest()
        if n >= 50 and machine in (62, 183) and h not in seen:
            seen.add(h)
            package, version, platform = os.path.relpath(path, os.path.join(a.wild, "bin")).split(os.sep)[:3]
            found.setdefault((package, platform), []).append((n, path, f"{package}__{version}__{platform}__{name}", machine))
for d in ("full", "stripped"):
    os.makedirs(os.path.join(a.out, d), exist_ok=True)
for key, files in sorted(found.items()):
    for n, path, name, machine in sorted(files, reverse=True)[:a.per_package]:
        full, stripped = os.path.join(a.out, "full", name), os.path.join(a.out, "stripped", name)
        if not os.path.exists(stripped):
            shutil.copyfile(path, full)
            subprocess.run([{62: "strip", 183: "aarch64-linux-gnu-strip"}[machine], "-s", "-p", "-o", stripped, full], check=True)
        print(n, name)
