#!/usr/bin/env bash
# Installs the program below a folder: binary, manual pages, completions, documents.
#
#   cargo build --release && tools/install.sh ~/.local
#   tools/install.sh PREFIX PROGRAM TELLER   # another program; TELLER, which runs here, prints its pages
set -euo pipefail

prefix="${1:?usage: tools/install.sh PREFIX [PROGRAM [TELLER]]}"
root="$(cd "$(dirname "$0")/.." && pwd)"
program="${2:-$root/target/release/cognate}"
teller="$(realpath "${3:-$program}")"

name=cognate
[[ $program == *.exe ]] && name=cognate.exe
share="$prefix/share"
doc="$share/doc/cognate"
install -D -m 755 "$program" "$prefix/bin/$name"
rm -rf "$doc"
mkdir -p "$doc/docs/decisions" "$share/man/man1"
"$teller" man --dir "$share/man/man1" --quiet
completions() { mkdir -p "$(dirname "$share/$2")" && "$teller" completions "$1" >"$share/$2"; }
completions bash bash-completion/completions/cognate
completions zsh zsh/site-functions/_cognate
completions fish fish/vendor_completions.d/cognate.fish
cd "$root"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$doc"
cp docs/*.* "$doc/docs"
cp docs/decisions/* "$doc/docs/decisions"
cp -r cases "$doc"
