"""Rust's standard library as the project distributes it: all its crates of a version for a target, linked into one file."""
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.request

from link import ARCHES, link, run

SITE = "https://static.rust-lang.org/dist"
TARGETS = {
    "x86_64-unknown-linux-gnu": "amd64",
    "x86_64-unknown-linux-musl": "amd64",
    "i686-unknown-linux-gnu": "i386",
    "aarch64-unknown-linux-gnu": "arm64",
    "x86_64-pc-windows-gnu": "win-x64",
    "x86_64-pc-windows-msvc": "win-x64",
    "i686-pc-windows-gnu": "win-x86",
    "i686-pc-windows-msvc": "win-x86",
}
# Crates of the distribution that no program carries.
NOT_CARRIED = ("libtest-", "libgetopts-", "libunicode_width-", "libproc_macro-", "libterm-", "librustc_std_workspace")
OBJECTS = (b"\x7fELF", b"\x64\x86", b"\x4c\x01")


def build(sources, out):
    for source in sources:
        for version in source["from"].split(","):
            name = f"files/rust-dist/std-{version}-{source['package']}"
            if not out.is_finished(name):
                make(name, source, version, out)
                out.finish(name)


def make(name, source, version, out):
    triple = source["package"]
    arch = TARGETS[triple]
    with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as folder:
        try:
            package = fetch(version, triple, folder)
            run(["tar", "-xJf", package, "-C", folder, "--wildcards", "*.rlib"])
            objects = unpacked(folder)
            link(objects, arch, out.place(name))
            out.add(name, source, version, f"rustc-{version} {triple}", ARCHES[arch][1], known_by="bytes")
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            out.give_up(name, str(error))
            pathlib.Path(out.place(name)).unlink(missing_ok=True)


def fetch(version, triple, folder):
    """The path of the standard library's archive, found and checked as rustup does by the list of the release."""
    with urllib.request.urlopen(f"{SITE}/channel-rust-{version}.toml", timeout=120) as answer:
        release = answer.read().decode()
    entry = release.split(f"[pkg.rust-std.target.{triple}]")[1].split("\n[")[0]
    found = [re.search(rf'^{key} = "(.*)"', entry, re.M) for key in ("xz_url", "xz_hash")]
    if None in found:
        raise RuntimeError(f"{version} is not there for {triple}")
    url, expected = (one.group(1) for one in found)
    with urllib.request.urlopen(url, timeout=120) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != expected:
        raise RuntimeError(f"{url}: another sum than the release's list says")
    path = os.path.join(folder, "std.tar.xz")
    with open(path, "wb") as file:
        file.write(data)
    return path


def unpacked(folder):
    """The object files inside the archives of crates: what else is in them is no object to a linker."""
    objects = []
    for path in sorted(pathlib.Path(folder).rglob("*.rlib")):
        if not path.name.startswith(NOT_CARRIED):
            for content in members(path.read_bytes()):
                if content.startswith(OBJECTS):
                    objects.append(os.path.join(folder, f"{len(objects)}.o"))
                    pathlib.Path(objects[-1]).write_bytes(content)
    return objects


def members(archive):
    """The contents of an archive's members, whose names (paths of Windows among them) `ar` may not be able to write."""
    at = 8
    while at + 60 <= len(archive):
        size = int(archive[at + 48 : at + 58])
        yield archive[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
