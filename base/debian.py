"""Static archives from Debian's packages, by apt with lists of its own, so that every download is checked by its signed sums."""
import collections
import fnmatch
import glob
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

from link import ARCHES, link, run

COMPILERS = {"bullseye": "gcc-10", "bookworm": "gcc-12", "trixie": "gcc-14", "sid": "gcc-15"}
# Of packages (by the start of their names) that another compiler than the release's own made.
OTHER_COMPILERS = {"fp-units": "fpc", "libc++": "clang", "libunwind-1": "clang", "libunwind-2": "clang", "libclang": "clang", "libphobos2-ldc": "ldc", "ocaml": "ocamlopt", "ghc": "ghc"}
# Places that rows name in one word.
PLACES = {"*": "bookworm/amd64,trixie/amd64,bookworm/i386,trixie/arm64", "amd64": "bookworm/amd64,trixie/amd64"}
AT_ONCE = 24
LARGEST = 60 << 20


def build(sources, out):
    wanted = collections.defaultdict(list)
    for source in sources:
        for place in ",".join(PLACES.get(one, one) for one in source["from"].split(",")).split(","):
            wanted[place].append(source)
    for place, sources in sorted(wanted.items(), key=lambda item: len(item[1])):
        suite, arch = place.split("/")
        Place(suite, arch, out).build(sources)


def upstream(version):
    """1:1.2.13.dfsg-1 -> 1.2.13"""
    version = version.split(":")[-1].rsplit("-", 1)[0]
    version = re.sub(r".*\+really", "", version)
    return re.split(r"[+~.]?(?:dfsg|ds|repack|debian|deb)|[+~]git|\+b", version)[0] or version


class Place:
    """A release for an architecture."""

    def __init__(self, suite, arch, out):
        self.suite, self.arch, self.out = suite, arch, out
        self.environment = {**os.environ, "APT_CONFIG": self.configured()}
        self.versions = {}

    def learn_versions(self):
        """Asks apt which packages there are."""
        text = subprocess.run(["apt-cache", "dumpavail"], env=self.environment, capture_output=True, text=True, check=True).stdout
        for entry in text.split("\n\n"):
            fields = dict(re.findall(r"^(Package|Version|Architecture): (.*)$", entry, re.M))
            if fields.get("Architecture") in (self.arch, "all"):
                self.versions[fields["Package"]] = fields["Version"], fields["Architecture"]

    def configured(self):
        """The path of apt's configuration, with its lists fetched."""
        root = os.path.join(self.out.folder, "apt", self.suite)
        path = os.path.join(root, "apt.conf")
        if not os.path.exists(path):
            for folder in ("state/lists/partial", "cache/archives/partial"):
                os.makedirs(os.path.join(root, folder), exist_ok=True)
            open(os.path.join(root, "status"), "w", encoding="utf-8").close()
            with open(os.path.join(root, "sources.list"), "w", encoding="utf-8") as file:
                file.writelines(f"{kind} http://deb.debian.org/debian {self.suite} main\n" for kind in ("deb", "deb-src"))
            with open(path + ".new", "w", encoding="utf-8") as file:
                file.write(
                    'APT::Architecture "amd64";\nAPT::Architectures { "amd64"; "arm64"; "i386"; };\nAPT::Sandbox::User "root";\nAcquire::Languages "none";\n'
                    f'Dir::State "{root}/state";\nDir::State::status "{root}/status";\nDir::Cache "{root}/cache";\nDir::Etc::sourcelist "{root}/sources.list";\nDir::Etc::sourceparts "-";\n'
                )
            run(["apt-get", "update"], env={**os.environ, "APT_CONFIG": path + ".new"})
            os.rename(path + ".new", path)
        return path

    def build(self, sources):
        self.learn_versions()
        packages = collections.defaultdict(list)
        for source in sources:
            name = f"{self.suite}/{self.arch}/{source['package']}"
            if source["package"] not in self.versions:
                self.out.give_up(name, "not in this release")
            elif not self.out.is_finished(self.mark(source)):
                packages[source["package"]].append(source)
        names = sorted(packages)
        for start in range(0, len(names), AT_ONCE):
            with tempfile.TemporaryDirectory(dir=os.path.join(self.out.folder, "work")) as folder:
                self.download(names[start : start + AT_ONCE], folder)
                for path in sorted(glob.glob(os.path.join(folder, "*.deb"))):
                    for source in packages[os.path.basename(path).split("_")[0]]:
                        self.unpack(path, source)
                    os.remove(path)

    def mark(self, source):
        """Says that a row is finished here."""
        return f"{self.suite}/{self.arch}/{source['package']}/{source['component']}/{source['files']}"

    def download(self, names, folder):
        """Fetches all of them, or one after the other where one is not there."""
        asked = [f"{name}:{self.versions[name][1]}" if self.versions[name][1] != "all" else name for name in names]
        done = subprocess.run(["apt-get", "download", "-qq", *asked], cwd=folder, env=self.environment, capture_output=True, text=True)
        if done.returncode and len(names) > 1:
            for name in names:
                self.download([name], folder)
        elif done.returncode:
            self.out.give_up(f"{self.suite}/{self.arch}/{names[0]}", done.stderr)

    def unpack(self, package, source):
        """Takes out of a package what a row names and makes files of the base of it."""
        patterns = source["files"].split(",")
        version = source["version"] if source["version"] != "-" else upstream(self.versions[source["package"]][0])
        found = []
        with tempfile.TemporaryDirectory(dir=os.path.join(self.out.folder, "work")) as folder, subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar, tarfile.open(fileobj=tar.stdout, mode="r|") as members:
            for member in members:
                path = member.name.lstrip("./")
                if member.isfile() and any(fnmatch.fnmatchcase(path if "/" in pattern else os.path.basename(path), pattern) for pattern in patterns):
                    kept = os.path.join(folder, f"{len(found)}-{os.path.basename(path)}")
                    with open(kept, "wb") as file:
                        shutil.copyfileobj(members.extractfile(member), file)
                    found.append((kept, os.path.basename(path).removesuffix(".a")))
            if not found:
                self.out.give_up(self.mark(source), "no such file in the package")
            elif source["build"].startswith("together"):
                self.make([kept for kept, _ in found], source["files"].split(",")[0].split("/")[-2], source, version)
            else:
                for kept, name in found:
                    self.make([kept], name, source, version)
        self.out.finish(self.mark(source))

    def make(self, inputs, stem, source, version):
        """One file of the base: linked, or where that fails the archive itself."""
        name = f"files/debian/{self.suite}-{self.arch}/{source['package']}__{stem}"
        arch = source["build"].split(" ")[1] if " " in source["build"] else self.arch
        compiler = next((one for start, one in OTHER_COMPILERS.items() if source["package"].startswith(start)), COMPILERS[self.suite])
        toolchain = f"debian-{self.suite} " + ("mingw-w64 " if arch.startswith("win") and compiler.startswith("gcc") else "") + compiler
        size = sum(os.path.getsize(path) for path in inputs)
        with open(inputs[0], "rb") as file:
            if not file.read(8).startswith((b"!<arch>\n", b"\x7fELF", b"\x64\x86", b"\x4c\x01")) or size > LARGEST:
                return self.out.give_up(name, f"{size >> 20} MB" if size > LARGEST else "neither an archive nor an object")
        try:
            link(inputs, arch, self.out.place(name))
            return self.out.add(name, source, version, toolchain, ARCHES[arch][1])
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            self.out.give_up(name, f"kept as an archive: {error}")
            pathlib.Path(self.out.place(name)).unlink(missing_ok=True)
        if len(inputs) == 1:
            shutil.copy(inputs[0], self.out.place(name + ".a"))
            self.out.add(name + ".a", source, version, toolchain, ARCHES[arch][1])


def source(package, suite, folder, out):
    """The folder of a source package, with Debian's patches."""
    place = Place(suite, "amd64", out)
    run(["apt-get", "source", "--download-only", "-qq", package], cwd=folder, env=place.environment)
    unpacked = os.path.join(folder, "unpacked")
    run(["dpkg-source", "--no-check", "-x", glob.glob(os.path.join(folder, "*.dsc"))[0], unpacked])
    return unpacked
