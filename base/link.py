"""Makes one file with symbols of a static archive: calls between its members are resolved and its layout is real.

Calls that leave the archive become imports by name, as in a shared library: left open, all of them would call one address
and look like one function that everything calls.
"""
import os
import subprocess
import tempfile

# By Debian's name of the architecture or the name of a target: prefix of the tools, name in the manifest, format of objects
# (named to `nm`, which else may take objects that carry LLVM's bitcode for that alone).
ARCHES = {
    "amd64": ("", "x86-64", "elf64-x86-64"),
    "arm64": ("aarch64-linux-gnu-", "aarch64", "elf64-littleaarch64"),
    "i386": ("i686-linux-gnu-", "x86", "elf32-i386"),
    "win-x64": ("x86_64-w64-mingw32-", "x86-64", "pe-x86-64"),
    "win-x86": ("i686-w64-mingw32-", "x86", "pe-i386"),
}
# No --no-warnings: with it ld 2.40 leaves a broken file and exits with 0.
FLAGS = "-S -z muldefs -z max-page-size=4096 --build-id=none --hash-style=gnu --unresolved-symbols=ignore-all".split()
PE_FLAGS = "--allow-multiple-definition --no-insert-timestamp --enable-auto-import --subsystem console".split()
SECONDS = 300
# What the startup files of a program have, and what linkers make.
IN_PROGRAMS = ["__dso_handle", "_start", "_init", "_fini"]
GIVEN = {"_GLOBAL_OFFSET_TABLE_", "_DYNAMIC", "__stack_chk_fail_local", *IN_PROGRAMS}


def run(command, **options):
    """The output of a command; RuntimeError with its last lines where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=SECONDS, **options)
    if done.returncode:
        raise RuntimeError(f"{os.path.basename(command[0])}: {done.stdout[-900:]}")
    return done.stdout


def function_names(path):
    """How many functions the symbols of a file, or of an archive's members, name."""
    done = subprocess.run(["nm", "--defined-only", "-P", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
    return sum(fields[1] in "tTwWiu" for line in done.stdout.splitlines() if len(fields := line.split(" ")) > 2)


def link(inputs, arch, out):
    """Links whole archives or objects as a program that loads one library, which has all that they lack."""
    with tempfile.TemporaryDirectory() as folder:
        if arch.startswith("win"):
            ways = [PE_FLAGS, [*PE_FLAGS, "--disable-reloc-section"]]
            whole = ["--whole-archive", *inputs, "--no-whole-archive", *import_library(inputs, arch, folder)]
        else:
            ways = [[*FLAGS, "-pie", "-z", "notext"], [*FLAGS, "-no-pie"]]
            whole = [startup(arch, folder), "--whole-archive", *inputs, "--no-whole-archive", stub(inputs, arch, folder)]
        for way in ways:
            try:
                return run([ARCHES[arch][0] + "ld", "-S", "-o", out, "-e", "0", *way, *whole])
            except RuntimeError:
                if way == ways[-1]:
                    raise


def startup(arch, folder):
    """An object with what compilers expect in the program itself and no library may have."""
    source = os.path.join(folder, "startup.s")
    with open(source, "w", encoding="utf-8") as file:
        file.write('.section .note.GNU-stack,"",%progbits\n.data\n')
        file.writelines(f".weak {name}\n.hidden {name}\n{name}: .zero 8\n" for name in IN_PROGRAMS)
        if arch == "i386":
            file.write(".text\n.globl __stack_chk_fail_local\n.hidden __stack_chk_fail_local\n.type __stack_chk_fail_local, %function\n__stack_chk_fail_local: jmp __stack_chk_fail\n.size __stack_chk_fail_local, .-__stack_chk_fail_local\n")
    run([ARCHES[arch][0] + "as", source, "-o", source + ".o"])
    return source + ".o"


def lacking(inputs, arch):
    """The names that the inputs refer to and do not have."""
    names = {}
    for key in ("defined", "undefined"):
        lines = run([ARCHES[arch][0] + "nm", f"--target={ARCHES[arch][2]}", f"--{key}-only", "-g", "-j", *inputs]).split("\n")
        names[key] = {line if arch.startswith("win") else line.split("@")[0] for line in lines if line and not line.endswith(":")}
    return names["undefined"] - names["defined"]


def stub(inputs, arch, folder):
    """A shared library that has all that the inputs lack: functions, data and thread-local data, as they are referred to."""
    referred = 'readelf -rW "$@" 2>/dev/null | awk \'$3 ~ /PLT32|CALL26|JUMP26/ {print "called", $5} $3 ~ /TPOFF|TLS|_DTP/ {print "thread", $5}\' | sort -u'
    kinds = {name.split("@")[0]: kind for kind, name in (line.split(" ") for line in run(["sh", "-c", referred, "sh", *inputs]).splitlines() if line.count(" ") == 1)}
    source, library = os.path.join(folder, "stub.s"), os.path.join(folder, "stub.so")
    with open(source, "w", encoding="utf-8") as file:
        for name in sorted((lacking(inputs, arch) | {"__stack_chk_fail"}) - GIVEN):
            section, type_ = {"called": (".text", "function"), "thread": (".section .tbss,\"awT\",%nobits", "tls_object"), None: (".data", "object")}["called" if name == "__stack_chk_fail" else kinds.get(name)]
            file.write(f'{section}\n.globl "{name}"\n.type "{name}", %{type_}\n.size "{name}", 8\n"{name}":\n.zero 8\n')
    run([ARCHES[arch][0] + "as", source, "-o", source + ".o"])
    run([ARCHES[arch][0] + "ld", "-shared", source + ".o", "-o", library])
    return library


def import_library(inputs, arch, folder):
    """A library of imports for Windows by all names that the inputs lack."""
    lacked = lacking(inputs, arch) - GIVEN
    plain = set()
    if arch == "win-x86":
        # Rust imports some by their undecorated name, which an import library cannot give on x86.
        plain = {name for name in lacked if name.startswith("__imp_") and name[6:7] not in "_@?"}
    names = {name.removeprefix("__imp_") for name in lacked - plain}
    if arch == "win-x86":
        names = {name.removeprefix("_") for name in names}
    definition, library, source = (os.path.join(folder, "lacking" + end) for end in (".def", ".a", ".s"))
    with open(definition, "w", encoding="utf-8") as file:
        file.write("LIBRARY lacking.dll\nEXPORTS\n" + "".join(f'"{name}"\n' for name in sorted(names)))
    with open(source, "w", encoding="utf-8") as file:
        file.write(".data\n" + "".join(f".globl {name}\n{name}: .long 0\n" for name in sorted(plain)))
    run([ARCHES[arch][0] + "as", source, "-o", source + ".o"])
    run([ARCHES[arch][0] + "dlltool", "-d", definition, "-l", library])
    return [library, source + ".o"]
