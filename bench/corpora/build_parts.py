#!/usr/bin/env python3
"""Parts of the corpus in C, C++, Rust and Go, with a truth that knows what was inlined into what.

    build_parts.py RECIPES.toml SRC OUT --cc gcc-12,clang-16 --opt O0,O2 [--target linux-x64,...] [--only FAMILY,...] [--jobs 1]

Leaves the layout of shared/corpora/build_controlled.py (stripped/, full/, functions/, manifest.tsv; what is there
already is not made again), so that all that reads a controlled corpus reads this. It differs in that it compiles with
debug information, from which it learns each function's source file and, in one more column, what was inlined into it:

    inlined     BYTES:SOURCE:NAME;…    bytes that are left of each function inlined here, whatever the depth

Debug information does not change the code (`--check` compiles everything a second time without and says so; but for C++ by
clang, which needs an option that moves a few instructions: 32 bytes of 124,437 in pugixml), and is taken out of full/ and stripped/ alike. Names are those of the linker, less what changes from build to build
(clones' suffixes, which constructor, Rust's crate hashes); source is `-` where the name alone tells functions apart.
What is of a language's own library is `runtime` and is not judged.
For Rust `--cc rustc` and for Go `--cc go`; levels of Go are `O2` (default) and `O0` (-N -l). Needs pyelftools.
"""
import argparse
import bisect
import collections
import concurrent.futures
import fnmatch
import functools
import glob
import gzip
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import tomllib

from elftools.elf.elffile import ELFFile

TRIPLES = {
    "linux-x64": "x86_64-linux-gnu",
    "linux-x86": "i686-linux-gnu",
    "linux-arm64": "aarch64-linux-gnu",
    "win-x64": "x86_64-w64-mingw32",
}
COLUMNS = "id sha256_stripped sha256_full family version compiler opt target format arch components functions lib_functions runtime_functions text_bytes size_stripped size_full link_seconds language"
# What compilers and linkers append to the name of a copy or a part of a function.
SUFFIX = re.compile(r"(\.(isra|part|constprop|cold|lto_priv|llvm|localalias|specialized|clone|warm|split)(\.\d+)?)+(\.\d+)*$")


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)[:300]}\n{done.stdout[-900:]}")


# ---------- names ----------
def without_suffix(name):
    return SUFFIX.sub("", name)


def base_name(name):
    """The name in the source, as far as a symbol tells it."""
    name = without_suffix(name)
    if name.startswith("_Z"):
        name = re.sub(r"17h[0-9a-f]{16}E$", "E", name)
        name = re.sub(r"(?<![0-9])C[1-4](?=E)", "C2", name)
        return re.sub(r"(?<![0-9])D[1245](?=E)", "D2", name)
    return RUST.get(name, name)


# Rust's names without the hashes of crates and the crate that asked for the instance.
RUST = {}


def learn_rust(names):
    """Fills RUST."""
    names = sorted(name for name in set(names) - RUST.keys() if name.startswith("_R"))
    if names:
        plain = subprocess.run(["c++filt", "-s", "rust"], input="\n".join(map(without_suffix, names)) + "\n", capture_output=True, text=True, check=True).stdout.splitlines()
        RUST.update((without_suffix(name), re.sub(r"\[[0-9a-f]{8,16}\]", "", one).replace(";", ",")) for name, one in zip(names, plain, strict=True))


def is_of_the_language(name):
    """Templates of the standard library and the like, whoever asked for them."""
    if name.startswith("_R"):
        root = re.search(r"Cs[0-9A-Za-z]*_(\d+)(\w+)", name)
        return bool(root) and root.group(2)[: int(root.group(1))] in ("core", "std", "alloc", "hashbrown", "compiler_builtins", "std_detect", "gimli", "addr2line", "object", "miniz_oxide", "rustc_demangle", "memchr", "panic_unwind", "___rustc", "unwind", "cfg_if", "libc")
    return bool(re.match(r"_Z(GV|TV|Th|Tv)?N?K?(St|S[absiod]|9__gnu_cxx|10__cxxabiv1)", name))


def source_of(base, unit):
    """`-` for functions that have one name in the whole program."""
    is_local = base.startswith("_ZL") or "_GLOBAL__N_1" in base
    return "-" if (base.startswith("_Z") and not is_local) or "::" in base or "." in base else os.path.basename(unit)


# ---------- debug information ----------
def text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def ranges_of(die, info, unit_base):
    """[(start, end)] that a DIE covers."""
    attributes = die.attributes
    if "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        return [(low, high.value if high.form == "DW_FORM_addr" else low + high.value)]
    if "DW_AT_ranges" not in attributes:
        return []
    found = []
    entries = info.range_lists().get_range_list_at_offset(attributes["DW_AT_ranges"].value, die.cu)
    for entry in entries:
        if type(entry).__name__ == "BaseAddressEntry":
            unit_base = entry.base_address
        else:
            shift = 0 if getattr(entry, "is_absolute", False) else unit_base
            found.append((entry.begin_offset + shift, entry.end_offset + shift))
    return found


def origin(die):
    """The DIE that has the name: over abstract origins and specifications."""
    for _ in range(4):
        attributes = die.attributes
        if "DW_AT_linkage_name" in attributes or "DW_AT_MIPS_linkage_name" in attributes:
            return die
        for link in ("DW_AT_abstract_origin", "DW_AT_specification"):
            if link in attributes:
                die = die.get_DIE_from_attribute(link)
                break
        else:
            return die
    return die


def name_of(die):
    attributes = origin(die).attributes
    for key in ("DW_AT_linkage_name", "DW_AT_MIPS_linkage_name", "DW_AT_name"):
        if key in attributes:
            return text(attributes[key].value)
    return ""


def debug_facts(elf):
    """Units [(start, end, path)] and what is inlined: {function start: {(unit path, name): bytes}}."""
    info = elf.get_dwarf_info()
    units, inlined = [], {}
    for unit in info.iter_CUs():
        top = unit.get_top_DIE()
        path = text(top.attributes["DW_AT_name"].value) if "DW_AT_name" in top.attributes else ""
        low = top.attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in top.attributes else 0
        units += [(start, end, path) for start, end in ranges_of(top, info, low) if end > start]
        names = {}
        pending = [(child, None) for child in top.iter_children()]
        while pending:
            die, function = pending.pop()
            if die.tag == "DW_TAG_subprogram":
                spans = ranges_of(die, info, low)
                if not spans:
                    continue
                function = [(start, end, inlined.setdefault(start, collections.Counter())) for start, end in spans]
            elif die.tag == "DW_TAG_inlined_subroutine" and function is not None:
                at = die.attributes["DW_AT_abstract_origin"]
                if (at.form, at.value) not in names:
                    names[at.form, at.value] = name_of(die)
                for low_pc, high_pc in ranges_of(die, info, low):
                    for start, end, counter in function:
                        if start <= low_pc < end:
                            counter[path, names[at.form, at.value]] += high_pc - low_pc
            elif die.tag not in ("DW_TAG_lexical_block", "DW_TAG_namespace", "DW_TAG_call_site", "DW_TAG_GNU_call_site", "DW_TAG_module"):
                continue
            if die.has_children:
                pending += [(child, function) for child in die.iter_children()]
    return sorted(units), inlined


# ---------- the table of functions ----------
def symbols(elf):
    """{address: (size, name)} of functions; of several names the first in order, global ones before."""
    found = {}
    ends = {}
    pdata = elf.get_section_by_name(".pdata")
    image = None
    for symbol in elf.get_section_by_name(".symtab").iter_symbols():
        name, entry = symbol.name, symbol.entry
        if name in ("__image_base__", "__ImageBase"):
            image = entry["st_value"]
        if entry["st_info"]["type"] != "STT_FUNC" or not isinstance(entry["st_shndx"], int) or not name:
            continue
        rank = (entry["st_info"]["bind"] == "STB_LOCAL", name)
        if entry["st_value"] not in found or rank < found[entry["st_value"]][0]:
            found[entry["st_value"]] = (rank, entry["st_size"], name, entry["st_shndx"])
    if pdata:
        for start, end, _ in struct.iter_unpack("<III", pdata.data()[: len(pdata.data()) // 12 * 12]):
            ends[start + (image or 0x140000000)] = end - start
    starts = sorted(found)
    table = {}
    for at, address in enumerate(starts):
        _, size, name, section = found[address]
        if not size and pdata:
            section = elf.get_section(section)
            next_start = starts[at + 1] if at + 1 < len(starts) else section["sh_addr"] + section["sh_size"]
            size = ends.get(address) or next_start - address
        if size:
            table[address] = (size, name)
    return table


def code_at(elf, address, size):
    for section in elf.iter_sections():
        if section["sh_addr"] <= address < section["sh_addr"] + section["sh_size"] and section["sh_type"] != "SHT_NOBITS" and section["sh_flags"] & 4:
            section.stream.seek(section["sh_offset"] + address - section["sh_addr"])
            return section.stream.read(size)
    return b""


def rows(path, component_of):
    """The rows of a table of functions, from an ELF file with debug information."""
    with open(path, "rb") as file:
        elf = ELFFile(file)
        units, inlined = debug_facts(elf)
        starts = [start for start, _, _ in units]
        table = symbols(elf)
        learn_rust([name for _, name in table.values()] + [name for counter in inlined.values() for _, name in counter])
        for address, (size, name) in sorted(table.items()):
            at = bisect.bisect_right(starts, address) - 1
            unit = units[at][2] if at >= 0 and address < units[at][1] else ""
            component, base = component_of(unit, name), base_name(name)
            inside = collections.Counter()
            for (other_unit, other), count in inlined.get(address, {}).items():
                if component_of(other_unit, other) != "runtime" and count:
                    inside[source_of(base_name(other), other_unit), base_name(other)] += count
            listed = ";".join(f"{count}:{source}:{other}" for (source, other), count in sorted(inside.items()))
            digest = hashlib.sha256(code_at(elf, address, size)).hexdigest()[:16]
            yield (f"{address:x}", size, name, base, component, source_of(base, unit), digest, "debug", listed)


# ---------- building ----------
def compiler(cc, target, cpp):
    """The command of a compiler for a target, or none."""
    triple = TRIPLES[target]
    if cc.startswith("gcc-"):
        name = cc.replace("gcc", "g++") if cpp else cc
        if target == "linux-x64":
            command = [name]
        elif target.startswith("win"):
            command = [f"{triple}-g++" if cpp else f"{triple}-gcc"]
            command = command if shutil.which(command[0]) and mingw_version(command[0]) == cc[4:] else ["none"]
        else:
            command = [f"{triple}-{name}"]
    else:
        command = [cc.replace("clang", "clang++") if cpp else cc, f"--target={triple}"]
        if target.startswith("win"):
            command.append(f"-L/usr/lib/gcc/{triple}/12-posix")
    return command if shutil.which(command[0]) else None


@functools.cache
def mingw_version(name):
    return subprocess.check_output([name, "-dumpversion"], text=True).split("-")[0].split(".")[0]


def component(recipes, name):
    found = dict(recipes["component"][name])
    if "like" in found:
        found = {**component(recipes, found["like"]), **{key: value for key, value in found.items() if key != "like"}}
    return found


def sources(found, src):
    paths = [path for pattern in found["src"] for path in sorted(glob.glob(os.path.join(found["dir"], pattern), root_dir=src))]
    is_left_out = lambda path: any(fnmatch.fnmatch(os.path.basename(path), pattern) for pattern in found.get("not", []))
    return [path for path in paths if not is_left_out(path)]


class Build:
    """One product by one compiler at one level for one target."""

    def __init__(self, options, recipes, product, version, cc, opt, target):
        self.options, self.recipes, self.product, self.version = options, recipes, product, version
        self.cc, self.opt, self.target = cc, opt, target
        self.id = f"{product['family']}-{version}__{cc}__{opt}__{target}"
        self.is_pe = target.startswith("win")

    def make(self, out, pool, debug=True):
        """The linked program, with debug information."""
        language = self.product.get("lang", "c")
        {"c": self.make_c, "c++": self.make_c, "rust": self.make_rust, "go": self.make_go}[language](out, pool, debug)

    def make_c(self, out, pool, debug):
        cpp = self.product.get("lang") == "c++"
        jobs, objects, work = [], [], tempfile.mkdtemp(prefix="b_", dir=self.options.out)
        try:
            for name in self.product["versions"][self.version]:
                found = component(self.recipes, name)
                made = os.path.join(work, name)
                os.makedirs(made)
                for header, content in found.get("gen", {}).items():
                    os.makedirs(os.path.dirname(os.path.join(made, header)), exist_ok=True)
                    with open(os.path.join(made, header), "w", encoding="utf-8") as file:
                        file.write(content)
                for header, template in found.get("copy", {}).items():
                    os.makedirs(os.path.dirname(os.path.join(made, header)), exist_ok=True)
                    self.fill_in(os.path.join(found["dir"], template), found.get("fill", {}), os.path.join(made, header))
                include = [f"-I{made}"] + [f"-I{os.path.normpath(os.path.join(found['dir'], folder))}" for folder in found.get("inc", [])]
                flags = [f"-{self.opt}", "-w", "-c", *(["-g1"] if debug else []), *include, *found.get("def", []), *found.get("win" if self.is_pe else "elf", [])]
                flags += found.get(self.target, [])
                # clang leaves the linker's names out of small debug information unless it is asked for them so
                names = ["-fdebug-info-for-profiling"] if debug and cpp and self.cc.startswith("clang") else []
                flags += names
                for number, source in enumerate(sources(found, self.options.src)):
                    objects.append(os.path.join(made, f"{number}.o"))
                    is_cpp = cpp and not source.endswith(".c")
                    command = [part for part in compiler(self.cc, self.target, is_cpp) if not part.startswith("-L")]
                    jobs.append(pool.submit(run, [*command, *flags, source, "-o", objects[-1]], cwd=self.options.src))
            for job in jobs:
                job.result()
            if not self.product.get("main"):
                with open(os.path.join(work, "stub.c"), "w", encoding="utf-8") as file:
                    file.write("int main(void){return 0;}\n")
                objects.append(os.path.join(work, "stub.o"))
                run([*compiler(self.cc, self.target, False), "-O1", "-c", "stub.c", "-o", "stub.o"], cwd=work)
            libraries = ["-Wl,--no-insert-timestamp", "-lws2_32", "-lbcrypt", "-lcrypt32", "-ladvapi32"] if self.is_pe else ["-lm", "-lpthread", "-ldl"]
            run([*compiler(self.cc, self.target, cpp), "-o", out, *objects, *libraries, *self.product.get("libs", [])])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def fill_in(self, template, values, path):
        """A header as a configure run would have left it."""
        with open(os.path.join(self.options.src, template), encoding="utf-8") as file:
            content = file.read()
        for mark, value in values.items():
            content = content.replace(mark, value)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)

    def make_rust(self, out, _pool, debug):
        level = {"O0": "0", "O1": "1", "O2": "2", "O3": "3", "Os": "s"}[self.opt]
        target = os.path.join(self.options.out, "rust-target", self.opt)
        profile = {"OPT_LEVEL": level, "DEBUG": "1" if debug else "0", "STRIP": "none", "DEBUG_ASSERTIONS": "false", "OVERFLOW_CHECKS": "false", "INCREMENTAL": "false", "PANIC": "unwind", "LTO": "off", "CODEGEN_UNITS": "1"}
        environment = {**os.environ, **{f"CARGO_PROFILE_RELEASE_{key}": value for key, value in profile.items()}, "RUSTFLAGS": "-Csymbol-mangling-version=v0", "CARGO_TARGET_DIR": target}
        root = tempfile.mkdtemp(prefix="b_", dir=self.options.out)
        try:
            crate, features = self.product["crate"], self.product.get("features", [])
            run(["cargo", "install", "-q", "--locked", "--root", root, "--version", self.version, "-j", str(self.options.jobs), *features, crate], env=environment)
            shutil.copy(os.path.join(root, "bin", self.product["bin"]), out)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def make_go(self, out, _pool, _debug):
        flags = ["-gcflags=all=-N -l"] if self.opt == "O0" else []
        run(["go", "build", "-p", str(self.options.jobs), "-trimpath", "-ldflags=-compressdwarf=false", *flags, "-o", out, self.product["package"]], env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GO111MODULE": "auto"})

    def component_of(self, unit, name):
        """The component a function belongs to, by the file it was compiled from."""
        language = self.product.get("lang", "c")
        if is_of_the_language(name):
            return "runtime"
        if language == "rust":
            root = re.search(r"Cs[0-9A-Za-z]*_(\d+)(\w+)", name)
            return root.group(2)[: int(root.group(1))] if root and name.startswith("_R") else "runtime"
        if language == "go":
            head = re.split(r"[(\[]", name)[0]
            package = head[: head.find(".", head.rfind("/") + 1)] if "." in head else ""
            own = any(package == one or one.endswith("/") and package.startswith(one) for one in self.product["own"])
            package = self.product["family"] if package == "main" else package
            return f"{package}-{self.version}" if own else "runtime"
        parts = self.product["versions"][self.version]
        folders = [(component(self.recipes, part)["dir"], part) for part in parts]
        inside = [(len(folder), part) for folder, part in folders if unit.startswith(folder + "/") and self.lists(part, unit)]
        return max(inside)[1] if inside else "runtime"

    def lists(self, part, unit):
        if not hasattr(self, "listed"):
            self.listed = {}
        if part not in self.listed:
            self.listed[part] = set(sources(component(self.recipes, part), self.options.src))
        return unit in self.listed[part]

    def path(self, kind):
        name = f"{self.id}.exe" if self.is_pe and kind != "functions" else self.id
        path = os.path.join(self.options.out, kind, self.product["family"], name + (".tsv.gz" if kind == "functions" else ""))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def whole(self, pool):
        """Builds, labels, strips; the row of the manifest."""
        full, stripped = self.path("full"), self.path("stripped")
        started = time.time()
        self.make(full, pool)
        tool = "strip" if self.target == "linux-x64" else f"{TRIPLES[self.target]}-strip"
        if self.options.check and self.product.get("lang", "c") != "go":
            self.check(full, tool, pool)
        readable = full
        if self.is_pe:
            readable = full + ".elf"
            run(["objcopy", "-O", "elf64-x86-64", full, readable])
        table = list(rows(readable, self.component_of))
        if self.is_pe:
            os.remove(readable)
        with gzip.open(self.path("functions"), "wt", compresslevel=6, encoding="utf-8") as file:
            file.write("address\tsize\tname\tbase\tcomponent\tsource\tbytes16\thow\tinlined\n")
            file.writelines("\t".join(map(str, row)) + "\n" for row in table)
        run([tool, "-s", "-p", "-o", stripped, full])
        run([tool, "-g", "-p", full])
        return self.manifest_row(full, stripped, table, time.time() - started)

    def check(self, full, tool, pool):
        """The same without debug information is the same file once stripped."""
        plain, twin = full + ".plain", full + ".twin"
        self.make(plain, pool, debug=False)
        run([tool, "-s", "-o", twin, full])
        run([tool, "-s", plain])
        sections = [[(section.name, section.data()) for section in ELFFile(open(path, "rb")).iter_sections() if section.name in (".text", ".rodata", ".data", ".eh_frame")] if not self.is_pe else open(path, "rb").read() for path in (plain, twin)]
        print("CHECK", self.id, "same" if sections[0] == sections[1] else "DIFFERS", flush=True)
        os.remove(plain)
        os.remove(twin)

    def manifest_row(self, full, stripped, table, seconds):
        digests = [hashlib.sha256(open(path, "rb").read()).hexdigest() for path in (stripped, full)]
        components = sorted({row[4] for row in table} - {"runtime"})
        runtime = sum(row[4] == "runtime" for row in table)
        format_, arch = "pe" if self.is_pe else "elf", self.target.split("-")[1]
        sizes = [os.path.getsize(stripped), os.path.getsize(full)]
        return [self.id, *digests, self.product["family"], self.version, self.cc, self.opt, self.target, format_, arch, ",".join(components), len(table), len(table) - runtime, runtime, sum(row[1] for row in table), *sizes, round(seconds, 2), self.product.get("lang", "c")]


def wanted(options, recipes, have):
    only = set(options.only.split(",")) if options.only else None
    for target in options.target.split(","):
        for cc in options.cc.split(","):
            for opt in options.opt.split(","):
                for product in recipes["product"]:
                    language = product.get("lang", "c")
                    can = cc == {"rust": "rustc", "go": "go"}.get(language, cc) and (language in ("rust", "go") or cc not in ("rustc", "go") and compiler(cc, target, language == "c++"))
                    if not can or (only and product["family"] not in only) or target not in product.get("targets", [target]):
                        continue
                    for version in product["versions"]:
                        build = Build(options, recipes, product, version, cc, opt, target)
                        if build.id not in have:
                            yield build


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes")
    parser.add_argument("src")
    parser.add_argument("out")
    parser.add_argument("--cc", required=True)
    parser.add_argument("--opt", required=True)
    parser.add_argument("--target", default="linux-x64")
    parser.add_argument("--only", help="families")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="also builds without debug information and compares")
    options = parser.parse_args()
    options.src, options.out = os.path.abspath(options.src), os.path.abspath(options.out)
    with open(options.recipes, "rb") as file:
        recipes = tomllib.load(file)
    os.makedirs(options.out, exist_ok=True)
    manifest = os.path.join(options.out, "manifest.tsv")
    if not os.path.exists(manifest):
        with open(manifest, "w", encoding="utf-8") as file:
            file.write(COLUMNS.replace(" ", "\t") + "\n")
    with open(manifest, encoding="utf-8") as file:
        have = {line.split("\t")[0] for line in file}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for build in wanted(options, recipes, have):
            try:
                row = build.whole(pool)
            except RuntimeError as error:
                print("FAILED", build.id, error, file=sys.stderr, flush=True)
                continue
            with open(manifest, "a", encoding="utf-8") as file:
                file.write("\t".join(map(str, row)) + "\n")
            print(time.strftime("%H:%M:%S"), build.id, row[11], "functions", f"{row[17]} s", flush=True)


if __name__ == "__main__":
    main()
