"""What generators and headers put into a module: small modules of our own (glue/), by many versions of each of them.

The generators come from PyPI, npm and Debian and are run; what they make is compiled and not run.
"""
import os
import pathlib
import subprocess
import sys
import sysconfig
import tempfile

import compiled
from compiled import BUILDS
from link import link, run

MODULES = compiled.HERE / "glue"


def build(sources, out):
    for source in sources:
        for version in source["from"].split(","):
            for build_name in source["build"].split(","):
                cc, level, target = BUILDS[build_name]
                name = f"files/glue/{source['package'].replace('/', '_')}-{version}__{cc}__{level}__{target}"
                if not out.is_finished(name):
                    try:
                        make(source, version, cc, level, out.place(name), out)
                        out.add(name, source, version, f"{cc} -{level}", "x86-64")
                    except (OSError, RuntimeError, StopIteration, subprocess.TimeoutExpired) as error:
                        out.give_up(name, repr(error))
                    out.finish(name)


def make(source, version, cc, level, place, out):
    """Makes, compiles and links the module of one generator's version."""
    with tempfile.TemporaryDirectory(dir=os.path.join(out.folder, "work")) as work:
        paths, flags = GENERATORS[source["package"]](installed(source, version, out), work)
        objects = []
        for path in paths:
            language = "cpp" if not path.endswith(".c") else "c"
            command = [cc.replace("clang", "clang++").replace("gcc", "g++"), "-std=c++17"] if language == "cpp" else [cc]
            objects.append(os.path.join(work, f"{len(objects)}.o"))
            run([*command, f"-{level}", "-fPIC", "-w", "-c", "-DNDEBUG", f"-I{sysconfig.get_paths()['include']}", *flags, path, "-o", objects[-1]])
        link(objects, "amd64", place)


def installed(source, version, out):
    """The folder with a generator, fetched once."""
    folder = os.path.join(out.folder, "src", "glue", f"{source['package']}-{version}")
    if source["registry"] == "pypi" and not os.path.isdir(folder):
        run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, "--only-binary=:all:", f"{source['package']}=={version}"])
    if source["registry"] == "npm":
        compiled.fetched({**source, "package": "node-api-headers", "from": "1.5.0"}, out)
        return compiled.fetched({**source, "from": version}, out)
    return folder


def by_cython(folder, work):
    run([sys.executable, "-m", "cython", "-3", str(MODULES / "module.pyx"), "-o", os.path.join(work, "module.c")], env={**os.environ, "PYTHONPATH": folder})
    return [os.path.join(work, "module.c")], []


def by_cffi(folder, work):
    run([sys.executable, str(MODULES / "module_cffi.py"), os.path.join(work, "module.c")], env={**os.environ, "PYTHONPATH": folder})
    return [os.path.join(work, "module.c")], []


def by_pybind11(folder, _work):
    return [str(MODULES / "module_pybind11.cpp")], [f"-I{folder}/pybind11/include"]


def by_nanobind(folder, _work):
    top = f"{folder}/nanobind"
    robin = next(pathlib.Path(top).rglob("robin_map.h")).parents[1]
    return [str(MODULES / "module_nanobind.cpp"), f"{top}/src/nb_combined.cpp"], [f"-I{top}/include", f"-I{top}/src", f"-I{robin}"]


def by_swig(_folder, work):
    run(["swig", "-python", "-c++", "-o", os.path.join(work, "module_wrap.cxx"), "-outdir", work, str(MODULES / "module.i")])
    return [os.path.join(work, "module_wrap.cxx")], [f"-I{MODULES}"]


def by_protoc(_folder, work):
    run(["protoc", f"-I{MODULES}", f"--cpp_out={work}", str(MODULES / "module.proto")])
    return [os.path.join(work, "module.pb.cc")], [f"-I{work}"]


def by_node_addon_api(folder, _work):
    headers = os.path.join(os.path.dirname(folder), "node-api-headers-1.5.0")
    return [str(MODULES / "module_napi.cc")], [f"-I{folder}", f"-I{headers}/include", "-DNAPI_CPP_EXCEPTIONS", "-DNAPI_VERSION=8"]


GENERATORS = {"Cython": by_cython, "cffi": by_cffi, "pybind11": by_pybind11, "nanobind": by_nanobind, "swig": by_swig, "protobuf-compiler": by_protoc, "node-addon-api": by_node_addon_api}
