#!/usr/bin/env python3
"""What is recognised of code that obfuscating passes went over, and what two programs share by the passes alone.

    bench/obfuscated.py COGNATE FOLDER > bench/results/obfuscated.md

Needs gcc-12, clang-16 and pycparser. Builds obfuscation/first.c and second.c plain and by each pass into FOLDER,
checks that each build of first.c computes what the plain one does, and compares."""

import ctypes
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

PLACE = Path(__file__).parent / "obfuscation"
PASSES = {
    "plain": [],
    "substituted": ["--substitute"],
    "bogus flow": ["--bogus"],
    "flattened": ["--flatten"],
    "all three": ["--substitute", "--bogus", "--flatten"],
}
BUILDS = [(compiler, level) for compiler in ("gcc-12", "clang-16") for level in ("-O0", "-O1", "-O2")]


def build(folder, source, name, compiler, level):
    """A shared library with its symbols, which cognate does not match on."""
    code = folder / f"{source}-{name}.c".replace(" ", "-")
    made = [sys.executable, PLACE / "obfuscate.py", PLACE / f"{source}.c", *PASSES[name]]
    code.write_bytes(subprocess.run(made, check=True, capture_output=True).stdout)
    library = code.with_name(f"{code.stem}-{compiler}{level}.so")
    subprocess.run([compiler, level, "-w", "-shared", "-fPIC", "-nostdlib", code, "-o", library], check=True)
    return library


def answers(library):
    """What some functions of first.c compute on made-up input."""
    code, rng = ctypes.CDLL(str(library)), random.Random(7)
    number = lambda: ctypes.c_uint32(rng.getrandbits(32))
    data = lambda size: (ctypes.c_uint8 * size)(*[rng.getrandbits(8) for _ in range(size)])
    found = []
    for _ in range(200):
        for name, count in (("mix", 2), ("gcd", 2), ("bits", 1), ("root", 1), ("reverse_bits", 1)):
            found.append(getattr(code, name)(*[number() for _ in range(count)]) & 0xFFFFFFFF)
        text, word, row = data(60), data(2), (ctypes.c_uint32 * 64)()
        found.append(code.digest(text, 60) & 0xFFFFFFFF)
        found.append(code.adler(text, 60) & 0xFFFFFFFF)
        found.append(code.match(text, 60, word, 1) & 0xFFFFFFFF)
        found.append(code.distance(text, 30, data(20), 20, row))
        room = data(200)
        found += [code.pack(text, 60, room, 200), bytes(room), code.life(data(100), room, 10), bytes(room)]
        found += [code.date(rng.getrandbits(16), row), list(row)]
        list_of = (ctypes.c_uint32 * 20)(*[rng.getrandbits(32) for _ in range(20)])
        code.heap_sort(list_of, 20)
        found += [list(list_of), code.sealed(text, 60, 5) & 0xFFFFFFFF, bytes(text)]
    return found


def ask(cognate, *arguments):
    run = subprocess.run([cognate, *map(str, arguments), "--json"], capture_output=True, check=False)
    return json.loads(run.stdout)


def compared(cognate, a, b):
    """Functions of A by how they came out, and what is said of the origin."""
    comparison = ask(cognate, "compare", a, b)["comparison"]
    counts = Counter()
    for pair in comparison["pairs"]:
        right = pair["query"]["name"] == pair["stored"]["name"]
        counts["by place" if pair["how"] == "call-graph" else "right" if right else "wrong"] += 1
    return counts, comparison["provenance"]["origin"]


def verdict(cognate, known, asked):
    """What `match` says of a program where the other is a family in the store."""
    with tempfile.TemporaryDirectory() as store:
        ask(cognate, "index", known, "--family", "first", "--kind", "malware", "--store", store)
        return ask(cognate, "match", asked, "--store", store)["answers"][0]["report"]["outcome"]["verdict"]


def told(origins):
    return ", ".join(f"{origin} {count}" for origin, count in sorted(origins.items()))


def main():
    cognate, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    programs = {(source, name, *how): build(folder, source, name, *how)
                for source in ("first", "second") for name in PASSES for how in BUILDS}
    expected = answers(programs["first", "plain", *BUILDS[0]])
    for (source, name, *how), library in programs.items():
        assert source == "second" or answers(library) == expected, f"{name} {how} computes something else"
    print("## Plain against obfuscated, one source, same compiler and level (25 functions in 6 builds)\n")
    print("| pass | right | wrong | by place, no evidence | how they came to agree |\n| --- | --- | --- | --- | --- |")
    for name in PASSES:
        counts, origins = Counter(), Counter()
        for how in BUILDS:
            found, origin = compared(cognate, programs["first", "plain", *how], programs["first", name, *how])
            counts += found
            origins[origin] += 1
        print(f"| {name} | {counts['right']} of {25 * len(BUILDS)} | {counts['wrong']} | {counts['by place']} | {told(origins)} |")
    print("\n## Two programs with nothing in common, under one obfuscator, by any two of the six builds\n")
    print("| pass | pairs of builds | functions paired, `placed` counted | how they came to agree | `match` (same build) |\n| --- | --- | --- | --- | --- |")
    for name in PASSES:
        paired, origins, verdicts = 0, Counter(), Counter()
        for one in BUILDS:
            verdicts[verdict(cognate, programs["first", name, *one], programs["second", name, *one])] += 1
            for other in BUILDS:
                found, origin = compared(cognate, programs["first", name, *one], programs["second", name, *other])
                paired += found["wrong"] + found["right"]
                origins[origin] += 1
        print(f"| {name} | {len(BUILDS) ** 2} | {paired} | {told(origins)} | {told(verdicts)} |")


main()
