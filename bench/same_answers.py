#!/usr/bin/env python3
"""Holds two builds of cognate against each other: do they answer the same?

For changes that are to change nothing. Both builds index the same files into a
store of their own, then each is asked the same questions; every JSON document
is compared as a value, every text byte by byte, and so are exit statuses and
what is said on stderr. What differs is printed with its path in the document.

    bench/same_answers.py OLD/cognate NEW/cognate [--more FILE…] [--only WORD]

Exit status: 0 where all is the same, 1 where anything differs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "crates/cli/tests/fixtures"
CASES = sorted((ROOT / "cases").glob("*.toml")) + [FIXTURES / "bakery.toml"]
DAY = "2017-05-26"
# Software that a Debian or Ubuntu machine has; what is not there is left out and said.
LIBRARIES = ["libz.so.1", "libzstd.so.1", "libsqlite3.so.0", "liblzma.so.5", "libstdc++.so.6", "libexpat.so.1"]
PROGRAMS = ["ls", "sed", "git", "bash", "xz", "gzip", "find", "tar", "openssl", "perl"]
# The last match, for what reads one.
RESULT = "result.json"
# Differences listed for one document at most.
MOST = 12


def present(paths):
    found = [path for path in map(Path, paths) if path.is_file()]
    missing = sorted({str(path) for path in map(Path, paths)} - {str(path) for path in found})
    if missing:
        print("left out, not on this machine:", *missing, file=sys.stderr)
    return [str(path) for path in found]


def steps(more):
    """Every question, in order: its name and its words; those that fill the store come first."""
    programs = present(f"/usr/bin/{name}" for name in PROGRAMS)
    libraries = present(f"/usr/lib/x86_64-linux-gnu/{name}" for name in LIBRARIES)
    fixtures = [str(path) for path in sorted(FIXTURES.glob("*.elf")) + sorted(FIXTURES.glob("*.dll"))]
    half = len(programs) // 2
    for path in libraries:
        yield "index", ["index", path, "--family", Path(path).name.split(".")[0], "--kind", "library"]
    for path in programs[:half]:
        yield "index", ["index", path, "--family", Path(path).name, "--kind", "goodware"]
    for place, path in enumerate(more[::2]):
        yield "index", ["index", path, "--family", f"family{place % 7}", "--actor", f"actor{place % 3}"]
    yield "index", ["index", fixtures[0], "--family", "ledger", "--actor", "someone"]
    yield "index", ["index", str(FIXTURES / "empty.bin"), "--family", "nothing"]
    for path in programs[half:] + more[1::2] + fixtures + libraries[:2]:
        yield "match", ["match", path]
    yield "match", ["match", "--top", "3", *programs[half:]]
    yield "match", ["match", fixtures[1]]
    yield "case", ["case", "add-match", str(FIXTURES / "bakery.toml"), RESULT, "--reported", DAY, "--candidate", "station"]
    together = programs[half:] + more + fixtures
    for one, other in zip(together, together[1:]):
        yield "compare", ["compare", one, other]
    for one in fixtures:
        yield "compare", ["compare", fixtures[0], one, "--pairs", "100"]
    for path in programs + libraries + more + fixtures + [str(FIXTURES / "stub.bin"), "/dev/null", "/nowhere"]:
        yield "inspect", ["inspect", path]
        yield "inspect", ["inspect", path, "--functions"]
    for words in (["list"], ["show", "ledger"], ["stats"], ["verify"]):
        yield "corpus", ["corpus", *words]
    yield "doctor", ["doctor"]
    for name in ("Lazarus", "APT28", "Cobalt Gypsy", "nobody of this name", "fancy"):
        yield "actor", ["actor", name]
    for case in map(str, CASES):
        for verb in ("check", "assess", "explain"):
            yield "case", ["case", verb, case]
            if verb != "check":
                yield "case", ["case", verb, case, "--as-of", DAY]
        yield "case", ["case", "compare", case, str(CASES[0])]
        yield "case", ["case", "compare", case, "--as-of-a", DAY]
        for form in ("text", "json", "markdown", "html", "stix", "misp"):
            yield "export", ["case", "export", case, "--format", form, "--as-of", DAY]


def run(program, words, folder):
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, timeout=600)
    return done.returncode, done.stdout, done.stderr


def differences(old, new, path="$"):
    """Where two values part."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in old or key not in new:
                yield f"{path}.{key}: only in the {'new' if key in new else 'old'} one"
            else:
                yield from differences(old[key], new[key], f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new)):
            yield from differences(one, other, f"{path}[{place}]")
    elif old != new or type(old) is not type(new):
        yield f"{path}: {str(old)[:90]!r} -> {str(new)[:90]!r}"


def compared(old, new):
    """What differs between two results of one question."""
    if old[0] != new[0]:
        yield f"exit status {old[0]} -> {new[0]}"
    for name, one, other in (("stdout", old[1], new[1]), ("stderr", old[2], new[2])):
        if one == other:
            continue
        try:
            yield from differences(json.loads(one), json.loads(other))
        except ValueError:
            before, after = (text.decode(errors="replace").splitlines() for text in (one, other))
            pairs = [(a, b) for a, b in zip(before, after) if a != b]
            yield f"{name}: {len(before)} -> {len(after)} lines, {len(pairs)} differ"
            for a, b in pairs[:3]:
                yield f"  - {a}"
                yield f"  + {b}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("new", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--more", nargs="*", default=[], help="other files to index and to ask about")
    parser.add_argument("--only", help="questions of this kind alone: match, compare, inspect, case …")
    arguments = parser.parse_args()
    asked, differ = {}, {}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        for kind, words in steps([str(Path(path).resolve()) for path in arguments.more]):
            if arguments.only and kind not in (arguments.only, "index"):
                continue
            forms = [["--quiet", "--json"]] if kind == "index" else [["--quiet"], ["--quiet", "--json"]]
            for form in [["--quiet"]] if kind == "export" else forms:
                full = [*words, "--store", "store", *form]
                asked[kind] = asked.get(kind, 0) + 1
                pair = run(arguments.old, full, one), run(arguments.new, full, other)
                if kind == "match" and "--json" in form:
                    # Each build adds its own result to a case.
                    for result, folder in zip(pair, (one, other)):
                        Path(folder, RESULT).write_bytes(result[1])
                found = list(compared(*pair))
                if found:
                    differ[kind] = differ.get(kind, 0) + 1
                    print("cognate", *full)
                    print("\n".join(f"    {line}" for line in found[:MOST]), flush=True)
                    if len(found) > MOST:
                        print(f"    and {len(found) - MOST} more")
    for kind, count in asked.items():
        print(f"{kind:8} {count:5} asked, {differ.get(kind, 0):4} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
