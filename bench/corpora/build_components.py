#!/usr/bin/env python3
"""A test of which libraries programs carry: programs of our own with libraries whole, in part, loaded, or only in their texts.

    build_components.py OUT [--passes 2] [--targets 200] [--until HH:MM]     -> OUT/files, OUT/functions, OUT/truth.tsv

Libraries are those of components_test/libraries.tsv, fetched and compiled by base/compiled.py and its recipes, but by compilers
and at levels that the base never uses (BUILDS). Programs are components_test/programs. A pass gives each library one more build.
How a library is in a target (`how`):
    whole    linked with all that it has, or with so much that at least a fifth of its functions is left
    part     a few functions that the program calls, with what they need: less than a fifth is left
    dynamic  called in a shared library, of which the file carries nothing
    text     named in a table of the program with texts of its own, and no more
Whose a function is comes from the linker's map, with link-time optimisation from its name. Nothing built here is ever run.
"""
import argparse
import collections
import csv
import gzip
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent.parent / "base"), str(HERE)]

import build_parts  # noqa: E402
import compiled  # noqa: E402
from link import ARCHES, run  # noqa: E402

# (compiler, level, target, how linked): never gcc-12 or clang-16 at the base's levels.
BUILDS = [
    ("gcc-11", "O3", "linux-x64", "sections"),
    ("clang-13", "O1", "linux-x64", "plain"),
    ("gcc-12", "O3", "win-x64", "sections"),
    ("clang-13", "O3", "linux-arm64", "sections"),
    ("clang-19", "Os", "linux-x64", "static-pie"),
    ("clang-14", "O1", "linux-x86", "sections"),
    ("gcc-12", "Os", "win-x86", "sections"),
    ("gcc-11", "O2", "linux-x64", "lto"),
    ("gcc-12", "O1", "win-x64", "plain"),
    ("clang-19", "O3", "linux-x64", "shared"),
]
build_parts.TRIPLES.setdefault("win-x86", "i686-w64-mingw32")
# Targets for which Debian's cross compilers bring a C++ library.
WITH_CPP = ("linux-x64", "linux-arm64")
PART = 0.2
LEAST_PART = 3
SYSTEM = {"elf": ["-lm", "-lpthread", "-ldl"], "win": ["-lws2_32", "-lbcrypt", "-lcrypt32", "-ladvapi32", "-lwinmm", "-liphlpapi", "-luserenv", "-ldbghelp", "-lole32", "-lpsapi"]}
TRUTH = "path component version how build functions_left functions_all source".split()
COLUMNS = "address size name base component source bytes16 how".split()


class Output:
    """What base/compiled.py asks of where things are kept."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        for one in ("work", "files", "functions", "archives", "apt"):
            os.makedirs(os.path.join(self.folder, one), exist_ok=True)

    def give_up(self, name, why):
        print("MISSING", name, " ".join(why.split())[-300:], file=sys.stderr, flush=True)


def libraries():
    lines = [line for line in (HERE / "components_test" / "libraries.tsv").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def fetch_debian(all_libraries, out):
    """Fetches the source packages of Debian that are not there: by one call for each release, for apt reads all its lists each time."""
    wanted = collections.defaultdict(list)
    for library in all_libraries:
        folder = os.path.join(out.folder, "src", "debian-source", f"{library['package']}-{library['from']}")
        if library["registry"] == "debian-source" and not os.path.isdir(folder):
            wanted[library["from"]].append((library["package"], folder))
    for suite, packages in wanted.items():
        with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as work:
            place = compiled.debian.Place(suite, "amd64", out)
            subprocess.run(["apt-get", "source", "--download-only", "-qq", *(package for package, _ in packages)], cwd=work, env=place.environment, stderr=subprocess.DEVNULL, check=False)
            for package, folder in packages:
                os.makedirs(os.path.dirname(folder), exist_ok=True)
                try:
                    run(["dpkg-source", "--no-check", "-x", next(str(path) for path in pathlib.Path(work).glob(f"{package}_*.dsc")), folder])
                except (RuntimeError, StopIteration) as error:
                    out.give_up(f"{package} {suite}", repr(error))


def recipes():
    found = {"component": {}}
    for path in [*sorted(HERE.glob("recipes_*.toml")), HERE.parent.parent / "base" / "recipes.toml", pathlib.Path(compiled.__file__).with_name("recipes.toml")]:
        if path.exists():
            found["component"] |= tomllib.loads(path.read_text(encoding="utf-8"))["component"]
    return found


def label(build):
    return "__".join(build)



def names_of(path, target, lto=False):
    """[(name, is global)] of the functions of an archive."""
    command = "gcc-nm-11" if lto else ARCHES[compiled.ARCH_OF[target]][0] + "nm"
    lines = run([command, "--defined-only", "-P", path]).splitlines()
    rows = [line.split(" ") for line in lines if line.count(" ") >= 1]
    return [(row[0], row[1] in "TW") for row in rows if len(row) > 1 and row[1] in "tTwW" and not row[0].startswith((".", "$"))]


def archive_of(library, build, out):
    return os.path.join(out.folder, "archives", label(build), re.sub(r"\W", "_", library["component"]) + ".a")


def make_archive(library, build, all_recipes, out):
    """The archive of a library by a build; none where it does not compile."""
    cc, level, target, how = build
    path = archive_of(library, build, out)
    if os.path.exists(path + ".failed"):
        return None
    os.makedirs(os.path.dirname(path), exist_ok=True)
    source = {**library, "files": library["files"]}
    try:
        folder = compiled.fetched(source, out)
        recipe = dict(build_parts.component(all_recipes, library["recipe"]))
        recipe["dir"] = os.path.join(folder, library["files"].strip("."))
        extra = {"sections": ["-ffunction-sections", "-fdata-sections"], "plain": [], "static-pie": ["-fPIE", "-ffunction-sections"], "lto": ["-flto"], "shared": ["-fPIC", "-ffunction-sections"]}[how]
        recipe["def"] = [*recipe.get("def", []), *extra]
        with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as work:
            objects = compiled.compiled(recipe, work, cc, level, target)
            run(["gcc-ar-11" if how == "lto" else ARCHES[compiled.ARCH_OF[target]][0] + "ar", "rcs", path + ".new", *objects])
        os.rename(path + ".new", path)
        return path
    except (OSError, RuntimeError, KeyError, StopIteration, subprocess.TimeoutExpired) as error:
        out.give_up(f"{library['component']} {label(build)}", repr(error))
        pathlib.Path(path + ".failed").write_text(repr(error), encoding="utf-8")
        return None


def builds_of(number, passes):
    """The builds of the library at this place of the list."""
    return [BUILDS[(number + step * 3 + step // 3) % len(BUILDS)] for step in range(passes)]


# ---------- targets ----------
class Target:
    """A program with libraries."""

    def __init__(self, number, build, program, uses):
        self.build, self.program, self.uses = build, program, uses
        self.name = f"t{number:03}_{program.stem}__{label(build)}"

    def make(self, out, archives):
        cc, level, target, how = self.build
        is_windows = target.startswith("win")
        work = tempfile.mkdtemp(dir=os.path.join(out.folder, "work"))
        rng = random.Random(self.name)
        objects, inputs, rows = [], [], []
        compile_ = lambda path, out_path: run([*(part for part in build_parts.compiler(cc, target, path.endswith(".cpp")) if not part.startswith("-L")), f"-{level}", "-w", "-c", path, "-o", out_path, *({"sections": ["-ffunction-sections"], "static-pie": ["-fPIE"], "lto": ["-flto"], "shared": ["-fPIC"]}.get(how, []))])
        symbols = []
        for library, use in self.uses:
            archive = archives[library["component"]]
            names = names_of(archive, target, how == "lto")
            outside = sorted({name for name, is_global in names if is_global and re.fullmatch(r"[\w.$@?]+", name) and not name.endswith(("main", "DllMain"))})
            if use == "whole":
                inputs.append(["-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"] if how == "plain" else [archive])
                symbols += rng.sample(outside, min(3, len(outside))) if how == "plain" else outside
            elif use == "part":
                inputs.append([archive])
                symbols += self.few(archive, outside, rng, work, names)
            elif use == "dynamic":
                chosen = rng.sample(outside, min(12, len(outside)))
                inputs.append([self.shared(library, chosen, work)])
                symbols += chosen
        texts = [text for library, use in self.uses if use == "text" for text in self.texts(library, archives[library["component"]], rng)]
        source = os.path.join(work, "uses.c")
        pathlib.Path(source).write_text(self.calls(symbols, texts), encoding="utf-8")
        for path in (str(self.program), source):
            objects.append(os.path.join(work, os.path.basename(path).replace(".", "_") + ".o"))
            compile_(path, objects[-1])
        cpp = target in WITH_CPP
        flags = {"plain": [], "sections": ["-Wl,--gc-sections"], "static-pie": ["-static-pie", "-Wl,--gc-sections"], "lto": ["-flto", f"-{level}"], "shared": ["-shared", "-Wl,--gc-sections"]}[how]
        if is_windows:
            flags += ["-static", "-Wl,--no-insert-timestamp"]
        binary = os.path.join(work, "full.exe" if is_windows else "full")
        command = [*build_parts.compiler(cc, target, cpp), "-o", binary, *objects, "-Wl,--start-group", *(one for part in inputs for one in part), "-Wl,--end-group", "-Wl,-z,muldefs" if not is_windows else "-Wl,--allow-multiple-definition", "-Wl,-Map," + binary + ".map", *flags]
        command += ["-Wl,--unresolved-symbols=ignore-all"] if not is_windows else []
        if is_windows:
            command += SYSTEM["win"]
        else:
            command += SYSTEM["elf"]
        run(command)
        self.finish(out, binary, archives, rows)
        subprocess.run(["rm", "-rf", work], check=True)
        return rows

    def few(self, archive, outside, rng, work, names):
        """One to three functions that need little of their library."""
        return rng.sample(outside, min(rng.choice([1, 1, 2]), len(outside)))

    def shared(self, library, chosen, work):
        """A library with these functions that do nothing, to be linked against."""
        cc, _, target, _ = self.build
        name = library["shared"] if library["shared"] != "-" else f"lib{re.sub(r'[^a-z0-9]', '', library['component'].lower())}.so.1"
        source, path = os.path.join(work, name + ".s"), os.path.join(work, name)
        if target.startswith("win"):
            strip = target == "win-x86"
            stem = name.split(".so")[0]
            pathlib.Path(source).write_text(f"LIBRARY {stem}.dll\nEXPORTS\n" + "".join(f'"{one[1:] if strip and one[0] == "_" else one}"\n' for one in chosen), encoding="utf-8")
            run([ARCHES[compiled.ARCH_OF[target]][0] + "dlltool", "-d", source, "-l", path + ".a"])
            return path + ".a"
        pathlib.Path(source).write_text(".text\n" + "".join(f".globl {one}\n.type {one}, %function\n.size {one}, 4\n{one}: .zero 4\n" for one in chosen), encoding="utf-8")
        prefix = ARCHES[compiled.ARCH_OF[target]][0]
        run([prefix + "as", source, "-o", source + ".o"])
        run([prefix + "ld", "-shared", "-soname", name, source + ".o", "-o", path])
        return path

    @staticmethod
    def texts(library, archive, rng):
        """Texts that the library bears, those with its name, its version or a copyright first."""
        found = subprocess.run(["strings", "-n", "8", archive], capture_output=True, text=True, errors="replace", check=True).stdout.splitlines()
        found = [text for text in dict.fromkeys(found) if not text.startswith((".", "_", "GCC:")) and not text.endswith((".o/", ".o", ".c"))]
        stem = re.sub(r"\W", "", library["component"].lower())[:4]
        telling = [text for text in found if stem in text.lower() or library["version"] in text or "opyright" in text]
        return [library["component"], f"{library['component']} {library['version']}", *telling[:6], *rng.sample(found, min(4, len(found)))]

    def calls(self, symbols, texts):
        """C source of what refers to functions of libraries and to the texts: kept in the program by its `main`."""
        symbols = sorted(set(symbols))
        quote = lambda text: '"' + "".join(one if one.isalnum() or one in " .,:;()-_%/<>=+*[]{}'!#$&@^~|" else f"\\{ord(one) & 255:03o}" for one in text).replace("%", "%%") + '"'
        lines = [f'extern void use_{at}(void) __asm__("{name}");' for at, name in enumerate(symbols)]
        lines += ["typedef void (*use_function)(void);", "volatile int use_chosen;", "use_function volatile use_table[] = {" + "".join(f"use_{at}," for at in range(len(symbols))) + "0};"]
        lines += ["const char *volatile use_texts[] = {" + ",".join([*map(quote, texts), "0"]) + "};"]
        lines += ["extern int printf(const char *, ...);", f"int use_libraries(int from) {{ int called = 0; for (int at = from; at < {len(symbols)}; at++) if (at == use_chosen) {{ use_table[at](); called++; }} return called; }}"]
        lines += ["int use_report(int from) { int said = 0; for (int at = from; use_texts[at]; at++) said += printf(\"%d: %s\\n\", at, use_texts[at]); return said; }"]
        return "\n".join(lines) + "\n"

    def finish(self, out, binary, archives, rows):
        """Labels, strips, and says what is in it."""
        cc, level, target, how = self.build
        name = self.name + (".exe" if target.startswith("win") else "")
        table = list(self.functions(binary, archives))
        left = collections.Counter(row[4] for row in table)
        for library, use in self.uses:
            component = library["component"]
            whole = len({name for name, _ in names_of(archives[component], target, how == "lto")})
            if use in ("whole", "part"):
                use = "part" if left[component] < PART * whole else "whole"
                if left[component] < LEAST_PART:
                    use = "trace"
            rows.append([f"files/{name}", component, library["version"], use, label(self.build), left[component] if use in ("whole", "part", "trace") else 0, whole, f"built from {library['registry']} {library['package']} {library['from']}"])
        if not self.uses:
            rows.append([f"files/{name}", "-", "-", "none", label(self.build), 0, 0, "built without libraries"])
        with gzip.open(os.path.join(out.folder, "functions", name + ".tsv.gz"), "wt", compresslevel=6, encoding="utf-8") as file:
            file.write("\t".join(COLUMNS) + "\n")
            file.writelines("\t".join(map(str, row)) + "\n" for row in table)
        run([ARCHES[compiled.ARCH_OF[target]][0] + "strip", "-s", "-o", os.path.join(out.folder, "files", name), binary])

    def functions(self, binary, archives):
        """The rows of the table of functions."""
        target, how = self.build[2], self.build[3]
        whose = map_of(binary + ".map", {path: component for component, path in archives.items()})
        by_name = collections.defaultdict(set)
        if how == "lto":
            for library, use in self.uses:
                if use in ("whole", "part"):
                    for name, _ in names_of(archives[library["component"]], target, True):
                        by_name[build_parts.without_suffix(name)].add(library["component"])
            for source in (self.program,):
                for name in own_names(source):
                    by_name[name].add("own")
        found = {}
        for line in run([ARCHES[compiled.ARCH_OF[target]][0] + "nm", "-S", "--defined-only", "-n", binary]).splitlines():
            fields = line.split(" ")
            if len(fields) >= 3 and fields[-2] in "tTwW":
                size = int(fields[1], 16) if len(fields) == 4 else 0
                address = int(fields[0], 16)
                if not fields[-1].startswith((".", "$")) and found.get(address, (0, ""))[0] <= size:
                    found[address] = (size, fields[-1])
        starts = sorted(found)
        for at, address in enumerate(starts):
            size, name = found[address]
            end, component = whose(address)
            size = size or max(0, min(end, starts[at + 1] if at + 1 < len(starts) else end) - address)
            if how == "lto" and component == "own":
                names = by_name.get(build_parts.without_suffix(name), set())
                component = "own" if name in ("main", "use_libraries", "use_report") else next(iter(names)) if len(names) == 1 else None
                if component is None:
                    continue
            if size:
                yield (f"{address:x}", size, name, build_parts.base_name(name), component, "-", "-", "map")


def own_names(source):
    """The names that the symbols of a program of ours can have: words of its source before a parenthesis."""
    text = pathlib.Path(source).read_text(encoding="utf-8")
    return set(re.findall(r"\b([A-Za-z_]\w*)\s*\(", text))


def map_of(path, archives):
    """A function from an address to (the end of its section, whose it is), by a linker's map."""
    spans = []
    pending = re.compile(r"^ (\.text\S*|\.text)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(.+)$")
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    text = re.sub(r"^ (\.text\S*)\n\s+0x", r" \1 0x", text[text.find("Linker script and memory map"):], flags=re.M)
    for line in text.splitlines():
        found = pending.match(line)
        if found and int(found.group(3), 16):
            start, size, file = int(found.group(2), 16), int(found.group(3), 16), found.group(4)
            archive = re.sub(r"\(.*\)$", "", file)
            component = archives.get(archive) or ("own" if re.search(r"/work/tmp\w+/[^/]+\.o$", file) or ".ltrans" in file or file.endswith(".lto.o") else "runtime")
            spans.append((start, start + size, component))
    spans.sort()
    starts = [span[0] for span in spans]

    def whose(address):
        at = build_parts.bisect.bisect_right(starts, address) - 1
        return spans[at][1:] if at >= 0 and address < spans[at][1] else (address, "runtime")

    return whose


def plan(all_libraries, have, count):
    """The targets: programs, builds and libraries by turns and by chance from a fixed seed."""
    programs = sorted((HERE / "components_test" / "programs").iterdir())
    for number in range(count):
        rng = random.Random(number)
        build = BUILDS[number % len(BUILDS)]
        fitting = [one for one in programs if build[2] in WITH_CPP or one.suffix == ".c"]
        program = fitting[(number // len(BUILDS) + number) % len(fitting)]
        libraries = [library for library in all_libraries if library["component"] in have[build]]
        wanted = rng.choice([0, 1, 2, 2, 3, 3, 4, 5])
        chosen = rng.sample(libraries, min(wanted, len(libraries)))
        ways = ["whole", "whole", "part", "part", "part", "text", "text" if build[3] == "static-pie" else "dynamic"]
        uses = [(library, rng.choice(ways)) for library in chosen]
        yield Target(number, build, program, uses)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--targets", type=int, default=220)
    parser.add_argument("--until", default="99:99", help="compile no more libraries after this time of the day")
    options = parser.parse_args()
    out, all_libraries, all_recipes = Output(options.out), libraries(), recipes()
    fetch_debian(all_libraries, out)
    have = {build: {} for build in BUILDS}
    for step in range(options.passes):
        for number, library in enumerate(all_libraries):
            build = builds_of(number, options.passes)[step]
            path = archive_of(library, build, out)
            if not os.path.exists(path):
                path = make_archive(library, build, all_recipes, out) if time.strftime("%H:%M") < options.until else None
            if path:
                have[build][library["component"]] = path
    truth = os.path.join(out.folder, "truth-built.tsv")
    with open(truth, "w", encoding="utf-8") as file:
        file.write("\t".join(TRUTH) + "\n")
    for target in plan(all_libraries, have, options.targets):
        try:
            rows = target.make(out, have[target.build])
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print("FAILED", target.name, " ".join(str(error).split())[-500:], file=sys.stderr, flush=True)
            continue
        with open(truth, "a", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)


if __name__ == "__main__":
    main()
