#!/usr/bin/env python3
"""Lay out the source files of the `mutants` benchmark, one folder a format.

usage: damage_sources.py REF WILD CONTROLLED OUTDIR
PE and ELF: small reference files and stripped builds; Mach-O: small files of the wild corpus, and fat files
put together from their x86-64 and arm64 slices; raw: code sections cut out of those; zip (plain, and with the
password `infected`), gzip and tar: archives of them, some nested. Needs the `zip` command for the password.
"""
import glob, gzip, os, random, shutil, struct, subprocess, sys, tarfile, zipfile

ref, wild, controlled, out = sys.argv[1:5]
rng = random.Random(1)
SMALL = 500_000


def small(paths, count):
    paths = sorted(p for p in paths if os.path.isfile(p) and 3000 < os.path.getsize(p) < SMALL)
    rng.shuffle(paths)
    return sorted(paths[:count])


def place(folder, paths):
    os.makedirs(f"{out}/{folder}", exist_ok=True)
    for n, p in enumerate(paths):
        shutil.copyfile(p, f"{out}/{folder}/{n:02d}_{os.path.basename(p)}")
    return sorted(glob.glob(f"{out}/{folder}/*"))


def magic(p, *heads):
    return open(p, "rb").read(4)[:len(heads[0])] in heads


refs = glob.glob(ref + "/*")
ctl = glob.glob(controlled + "/stripped/*/*")
wilds = [p for p in glob.glob(wild + "/bin/*/*/*/**", recursive=True) if os.path.isfile(p)]
pe = place("pe", small([p for p in refs if magic(p, b"MZ")], 8) + small([p for p in ctl if p.endswith(".exe")], 6))
elf = place("elf", small([p for p in refs + wilds if magic(p, b"\x7fELF")], 6) + small([p for p in ctl if not p.endswith(".exe")], 8))
macho = place("macho", small([p for p in wilds if magic(p, b"\xcf\xfa\xed\xfe")], 12))


def cputype(b):
    return struct.unpack_from("<II", b, 4)


slices = {}
for p in macho:
    b = open(p, "rb").read()
    slices.setdefault(cputype(b)[0], []).append(b)
if len(slices) > 1:
    (ca, a), (cb, b) = list(slices.items())[:2]
    for n, (x, y) in enumerate(zip(a[:3], b[:3])):
        head = struct.pack(">II", 0xcafebabe, 2)
        off = 0x4000; off2 = (off + len(x) + 0x3fff) & ~0x3fff
        head += struct.pack(">5I", *cputype(x), off, len(x), 14) + struct.pack(">5I", *cputype(y), off2, len(y), 14)
        open(f"{out}/macho/fat{n}", "wb").write(head.ljust(off, b"\0") + x.ljust(off2 - off, b"\0") + y)

# code: the first executable PE section, by architecture
machines = {0x14c: "raw-x86", 0x8664: "raw-x86-64"}
for p in pe:
    b = open(p, "rb").read(); o = struct.unpack_from("<I", b, 60)[0] + 4
    m, n = struct.unpack_from("<HH", b, o); osz = struct.unpack_from("<H", b, o + 16)[0]
    vs, va, rs, ro = struct.unpack_from("<IIII", b, o + 20 + osz + 8)
    os.makedirs(f"{out}/{machines[m]}", exist_ok=True)
    open(f"{out}/{machines[m]}/{os.path.basename(p)}.text", "wb").write(b[ro:ro + min(rs, 200_000)])
os.makedirs(f"{out}/raw-aarch64", exist_ok=True)
for n, p in enumerate(small([p for p in ctl if "linux-arm64" in p], 6)):
    b = open(p, "rb").read()
    open(f"{out}/raw-aarch64/{n}.text", "wb").write(b[len(b) // 8 & ~3:len(b) // 2 & ~3])

for f in ("zip", "gzip", "tar"):
    os.makedirs(f"{out}/{f}", exist_ok=True)
members = [p for p in pe + elf + macho if os.path.getsize(p) < 150_000]
for n in range(6):
    some = rng.sample(members, 3)
    with zipfile.ZipFile(f"{out}/zip/{n}.zip", "w", zipfile.ZIP_DEFLATED if n % 2 else zipfile.ZIP_STORED) as z:
        for p in some:
            z.write(p, os.path.basename(p))
    if n < 3:
        subprocess.run(["zip", "-q", "-j", "-P", "infected", f"{out}/zip/p{n}.zip", *some], check=True)
    with tarfile.open(f"{out}/tar/{n}.tar", "w") as t:
        for p in some:
            t.add(p, os.path.basename(p))
        if n % 3 == 0:
            t.add(f"{out}/zip/{n}.zip", "nested.zip")
    with open(some[0], "rb") as i, gzip.open(f"{out}/gzip/{n}.gz", "wb") as o:
        o.write(i.read())
    with open(f"{out}/tar/{n}.tar", "rb") as i, gzip.open(f"{out}/gzip/{n}.tar.gz", "wb") as o:
        o.write(i.read())
