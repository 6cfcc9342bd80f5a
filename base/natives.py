"""The runtime of Microsoft's C and C++ compiler: its libraries as such, and programs of many projects that carry it.

No registry has its static libraries. What unrelated programs that are linked with them have in common is the runtime; their
own code is not, so these files are listed with names `none`.
"""
import fnmatch
import io
import os
import struct
import subprocess
import tarfile
import zipfile

from compiled import checked, of_npm, pypi_files

MACHINES = {0x8664: ("x86-64", "x64"), 0x14C: ("x86", "x86"), 0xAA64: ("aarch64", "arm64")}
# Libraries that are imported where the runtime is no part of the file.
SHARED = ("vcruntime", "msvcp", "msvcr", "ucrtbase", "api-ms-win-crt")
MOST = 8 << 20


def build(sources, out):
    for source in sources:
        for version in source["from"].split(","):
            what = f"natives/{source['package']}-{version}/{source['files']}"
            if not out.is_finished(what):
                try:
                    take(source, version, out)
                except (OSError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
                    out.give_up(what, repr(error))
                out.finish(what)


def take(source, version, out):
    """Takes the PE files that a row names out of a package."""
    seen = set()
    for path, data in contents(source, version):
        machine = MACHINES.get(machine_of(data))
        if machine and any(fnmatch.fnmatchcase(path, pattern) for pattern in source["files"].split(",")) and len(data) <= MOST and data not in seen:
            seen.add(data)
            package = source["package"].replace("/", "_")
            name = f"files/natives/{package}-{version}__{machine[1]}__{os.path.basename(path)}"
            place = out.place(name)
            with open(place, "wb") as file:
                file.write(data)
            if source["build"] == "static" and not is_static(place):
                os.remove(place)
                out.give_up(name, "the runtime is not in the file")
            elif source["build"] == "static":
                # the version is the program's: of the runtime it tells none
                out.add(name, source, "any", f"msvc, {package}", machine[0], "none", known_by="several")
            else:
                out.add(name, source, version if source["version"] == "-" else source["version"], "msvc", machine[0], "none")


def contents(source, version):
    """The files of a package, all wheels for Windows of a version."""
    if source["registry"] == "npm":
        with tarfile.open(fileobj=io.BytesIO(checked(*of_npm(source["package"], version)))) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()
        return
    ends = ("win32.whl", "win_amd64.whl", "win_arm64.whl", "any.whl")
    chosen = {file.rsplit("-", 1)[1]: (url, digest) for file, url, digest in pypi_files(source["package"], version) if file.endswith(ends)}
    for url, digest in chosen.values():
        with zipfile.ZipFile(io.BytesIO(checked(url, "sha256", digest))) as archive:
            for info in archive.infolist():
                yield info.filename, archive.read(info)


def machine_of(data):
    """The machine of a PE file, or nothing."""
    if data[:2] == b"MZ" and len(data) > 0x40:
        at = struct.unpack_from("<I", data, 0x3C)[0]
        if data[at : at + 4] == b"PE\0\0":
            return struct.unpack_from("<H", data, at + 4)[0]
    return None


def is_static(path):
    """Whether a program brings the runtime along: it imports none of its libraries."""
    listed = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, errors="replace").stdout.lower()
    names = [line.split("dll name:")[1].strip() for line in listed.splitlines() if "dll name:" in line]
    return bool(names) and not any(name.startswith(SHARED) for name in names)
