"""Libraries compiled from sources that registries hold: crates, PyPI's source distributions, Debian's source packages.

A row of sources.tsv names the folder in the package (`files`) and, as `build`, a recipe and a set of builds. Recipes are those of
bench/corpora/build_parts.py (recipes.toml here, and all in bench/corpora), less the folder.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request

import debian
from link import ARCHES, link, run

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "bench" / "corpora"))
import build_parts  # noqa: E402

# (compiler, level, target) of build_parts; gcc-11, clang-13, -14, -19 and other levels of gcc are for judging and never here.
# The first ones of all libraries are made before the others: Debian's archives show code of gcc already.
BUILDS = {
    "clang": ("clang-16", "O2", "linux-x64"),
    "win-x64": ("gcc-12", "O2", "win-x64"),
    "gcc": ("gcc-12", "O2", "linux-x64"),
    "size": ("clang-16", "Os", "linux-x64"),
    "win-x86": ("gcc-12", "O2", "win-x86"),
    "arm64": ("clang-16", "O2", "linux-arm64"),
    "low": ("clang-16", "O1", "linux-x64"),
}
SETS = {
    "one": "clang",
    "narrow": "clang gcc",
    "both": "clang win-x64 gcc",
    "linux": "clang gcc size arm64",
    "windows": "win-x64 win-x86",
    "x86": "clang win-x64 gcc size win-x86",
    "wide": "clang win-x64 gcc size win-x86 arm64 low",
}
ARCH_OF = {"linux-x64": "amd64", "linux-x86": "i386", "linux-arm64": "arm64", "win-x64": "win-x64", "win-x86": "win-x86"}
CPP = (".cc", ".cpp", ".cxx")


def build(sources, out):
    recipes = {"component": {}}
    for path in [*sorted((HERE.parent / "bench" / "corpora").glob("recipes_*.toml")), HERE / "recipes.toml"]:
        recipes["component"] |= tomllib.loads(path.read_text(encoding="utf-8"))["component"]
    for key, one in BUILDS.items():
        for source in sources:
            recipe, builds = source["build"].split(" ")
            if key in SETS[builds].split(" ") and not out.is_finished(name_of(source, *one)):
                try:
                    folder = fetched(source, out)
                    make(source, {**build_parts.component(recipes, recipe), "dir": os.path.join(folder, source["files"].strip("."))}, one, out)
                except (OSError, RuntimeError, KeyError, StopIteration) as error:
                    out.give_up(name_of(source, *one), repr(error))


def name_of(source, cc, level, target):
    component = re.sub(r"[^A-Za-z0-9.+-]", "_", source["component"])
    return f"files/compiled/{component}-{source['version']}__{source['package']}__{cc}__{level}__{target}"


def make(source, recipe, build, out):
    """One library by one compiler at one level."""
    name, (cc, level, target) = name_of(source, *build), build
    with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as work:
        try:
            objects = compiled(recipe, work, *build)
            link(objects, ARCH_OF[target], out.place(name))
            out.add(name, source, source["version"], ("mingw-w64 " if target.startswith("win") else "") + f"{cc} -{level}", ARCHES[ARCH_OF[target]][1])
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            out.give_up(name, str(error))
            pathlib.Path(out.place(name)).unlink(missing_ok=True)
    out.finish(name)


def compiled(recipe, work, cc, level, target):
    """The objects of a recipe's files."""
    top = recipe["dir"]
    for header, content in recipe.get("gen", {}).items():
        write(os.path.join(work, header), content)
    for header, template in recipe.get("copy", {}).items():
        content = pathlib.Path(top, template).read_text(encoding="utf-8")
        for mark, value in recipe.get("fill", {}).items():
            content = content.replace(mark, value)
        write(os.path.join(work, header), content)
    is_windows = target.startswith("win")
    flags = [f"-{level}", "-w", "-c", f"-I{work}", *(f"-I{os.path.join(top, one)}" for one in recipe.get("inc", [])), *recipe.get("def", []), *recipe.get("win" if is_windows else "elf", [])]
    paths = build_parts.sources({**recipe, "not": [*recipe.get("not", []), *recipe.get("not_win" if is_windows else "not_elf", [])]}, "/")
    paths += [os.path.join(top, one) for one in recipe.get("src_win" if is_windows else "src_elf", [])]
    if not paths:
        raise RuntimeError("no sources")
    objects = []
    for path in paths:
        command = build_parts.compiler(cc, target, path.endswith(CPP))
        if not command:
            raise RuntimeError(f"no compiler {cc} for {target}")
        objects.append(os.path.join(work, f"{len(objects)}.o"))
        run([*command, *flags, *recipe.get("cpp" if path.endswith(CPP) else "c", []), path, "-o", objects[-1]])
    return objects


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pathlib.Path(path).write_text(content, encoding="utf-8")


def fetched(source, out):
    """The folder with a package's files; fetched once."""
    registry, package, version = source["registry"], source["package"], source["from"]
    folder = os.path.join(out.folder, "src", registry, f"{package.replace('/', '_')}-{version}")
    if not os.path.isdir(folder):
        with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as work:
            if registry == "debian-source":
                unpacked = debian.source(package, version, work, out)
            else:
                tar = os.path.join(work, "package.tar")
                pathlib.Path(tar).write_bytes(checked(*{"crates": of_crates, "pypi": of_pypi, "npm": of_npm}[registry](package, version)))
                os.mkdir(os.path.join(work, "unpacked"))
                with tarfile.open(tar) as archive:
                    archive.extractall(os.path.join(work, "unpacked"), filter="data")
                unpacked = str(next(pathlib.Path(work, "unpacked").iterdir()))
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            shutil.move(unpacked, folder)
    return folder


def checked(url, algorithm, expected):
    """What lies at an address, if its sum is the one that the registry says."""
    with urllib.request.urlopen(url, timeout=120) as answer:
        data = answer.read()
    if hashlib.new(algorithm, data).hexdigest() != expected:
        raise RuntimeError(f"{url}: another sum than the registry says")
    return data


def asked(url, form="*/*"):
    """The text at an address of a registry."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": "cognate base/build.py", "Accept": form}), timeout=120) as answer:
        return answer.read().decode()


def of_crates(name, version):
    folder = {1: "1", 2: "2", 3: f"3/{name[0]}"}.get(len(name), f"{name[:2]}/{name[2:4]}")
    entries = [json.loads(line) for line in asked(f"https://index.crates.io/{folder}/{name.lower()}").splitlines()]
    entry = next((one for one in entries if one["vers"] == version), None)
    if not entry:
        raise RuntimeError(f"crates.io has no {name} {version}")
    return f"https://static.crates.io/crates/{name}/{name}-{version.replace('+', '%2B')}.crate", "sha256", entry["cksum"]


def of_pypi(name, version):
    for file, url, digest in pypi_files(name, version):
        if not file.endswith(".whl"):
            return url, "sha256", digest
    raise RuntimeError(f"PyPI has no sources of {name} {version}")


def pypi_files(name, version):
    """What PyPI has of a version: [(file, address, SHA-256)]."""
    index = json.loads(asked(f"https://pypi.org/simple/{re.sub('[-_.]+', '-', name).lower()}/", "application/vnd.pypi.simple.v1+json"))
    return [(one["filename"], one["url"], one["hashes"]["sha256"]) for one in index["files"] if re.search(rf"-{re.escape(version)}(-|\.tar|\.zip)", one["filename"])]


def of_npm(name, version):
    distribution = json.loads(asked(f"https://registry.npmjs.org/{name}/{version}"))["dist"]
    return distribution["tarball"], "sha1", distribution["shasum"]
