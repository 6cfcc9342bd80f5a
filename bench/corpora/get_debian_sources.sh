#!/bin/bash
# Fetch and unpack source packages of Debian 12 with apt's ordinary client, without touching the machine's own package lists.
# usage: get_debian_sources.sh OUTDIR PACKAGE…    -> OUTDIR/<package>/…
set -eu
OUT=$(realpath -m "$1"); shift
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
mkdir -p "$OUT" "$T/lists/partial"
URI=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | sort -u | head -1)
echo "deb-src $URI bookworm main" > "$T/sources.list"
APT="apt-get -q -o Dir::Etc::sourcelist=$T/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$T/lists"
$APT update
cd "$T"
for package in "$@"; do
  [ -d "$OUT/$package" ] && continue
  $APT source --download-only "$package"
  dpkg-source --no-check -x ./*.dsc "$OUT/$package"
  rm -f ./*.dsc ./*.tar.*
done
