#!/usr/bin/env python3
"""Fetches software as others ship it for the test of components: components_test/real.tsv tells what its build links into it.

    components_real.py OUT        -> OUT/files/real/…, OUT/truth-real.tsv; OUT/truth.tsv with what build_components.py left

Files come from PyPI, by the sums that it says, and are not run.
"""
import csv
import fnmatch
import io
import os
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent / "base"))

import compiled  # noqa: E402

COLUMNS = "path component version how build functions_left functions_all source".split()
ENDS = (".so", ".pyd", ".dll", ".dylib")


def wheels(package, release, platforms):
    """The wheels of a release for these platforms: [(name, members by name)]."""
    files = compiled.pypi_files(package, release)
    for platform in platforms.split(","):
        parts = platform.split("-")
        fitting = [one for one in files if one[0].endswith(".whl") and all(fits(part, one[0]) for part in parts)]
        if not fitting:
            print("MISSING", package, release, platform, file=sys.stderr)
        for name, url, digest in fitting[:1]:
            yield name, zipfile.ZipFile(io.BytesIO(compiled.checked(url, "sha256", digest)))


def fits(part, name):
    """Whether a wheel is for a platform; which glibc it wants is not asked."""
    machine = part.split("_", 3)[-1] if part.startswith("manylinux") else None
    return ("manylinux" in name and name.removesuffix(".whl").endswith(machine)) if machine else part in name


def main():
    out = os.path.abspath(sys.argv[1])
    lines = [line for line in (HERE / "components_test" / "real.tsv").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    os.makedirs(os.path.join(out, "files", "real"), exist_ok=True)
    cache, truth = {}, []
    for row in rows:
        key = row["package"], row["release"], row["platforms"]
        try:
            if key not in cache:
                cache[key] = list(wheels(*key))
        except (OSError, RuntimeError, KeyError) as error:
            print("MISSING", key, error, file=sys.stderr)
            cache[key] = []
        for wheel, archive in cache[key]:
            for member in archive.namelist():
                name = os.path.basename(member)
                is_code = name.endswith(ENDS) or ".so." in name
                if not is_code or not any(fnmatch.fnmatch(member, pattern) for pattern in row["files"].split(",")):
                    continue
                path = f"files/real/{row['package']}-{row['release']}-{wheel.split('-')[-1].removesuffix('.whl').split('.')[0]}__{name}"
                pathlib.Path(out, path).write_bytes(archive.read(member))
                truth.append([path, row["component"], row["version"], row["how"], "as shipped", 0, 0, f"{row['package']} {row['release']} {row['source']}"])
    with open(os.path.join(out, "truth-real.tsv"), "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        file.writelines("\t".join(map(str, one)) + "\n" for one in truth)
    parts = [pathlib.Path(out, name) for name in ("truth-built.tsv", "truth-real.tsv")]
    bodies = [part.read_text(encoding="utf-8").splitlines() for part in parts if part.exists()]
    pathlib.Path(out, "truth.tsv").write_text("\n".join([bodies[0][0], *(line for body in bodies for line in body[1:])]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
