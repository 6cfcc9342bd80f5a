#!/usr/bin/env bash
# Makes and checks the packages of a release, offline: of each target one archive, its licences, and all checksums.
#
#   tools/release.sh OUT                     # for the targets whose standard library is here
#   tools/release.sh OUT TARGET…             # for these
#   tools/release.sh --twice OUT [TARGET…]   # builds each twice, at two places, and holds the bytes against each other
#
# Needs the crates in cargo's folder (`cargo fetch --locked`), and for each target its standard library
# (`rustup target add`) and a C compiler: musl-gcc, aarch64-linux-musl-gcc, x86_64-w64-mingw32-gcc. Where there is no
# musl the program is linked statically with the C library of this machine. What cannot run here is made and not tried.
# Builds what is committed, not what lies in the tree.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

usage() { echo "usage: tools/release.sh [--twice] OUT [TARGET…]" >&2 && exit 2; }
twice=false
[[ ${1:-} == --twice ]] && twice=true && shift
[[ $# -gt 0 && "$*" != *--* ]] || usage
mkdir -p "$1"
out="$(realpath "$1")"
shift

rustc="${RUSTC:-rustc}"
host="$("$rustc" -vV | sed -n 's/^host: //p')"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)"
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
export SOURCE_DATE_EPOCH CARGO_NET_OFFLINE=true CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_STRIP=symbols
export TZ=UTC LC_ALL=C

say() { printf '\n== %s\n' "$*"; }

has_library() { ls "$("$rustc" --print target-libdir --target "$1" 2>/dev/null)"/libstd-*.rlib >/dev/null 2>&1; }

targets() {
    local target found=false
    for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-pc-windows-gnu; do
        has_library "$target" || continue
        echo "$target"
        [[ $target == x86_64-*-musl ]] && found=true
    done
    $found || echo "$host"
}

# Checks out what is committed to a folder; its name goes into no byte of the program.
checkout() {
    rm -rf "$1"
    mkdir -p "$1"
    git archive HEAD | tar -x -C "$1"
}

# build TREE TARGET: the program, linked statically.
build() {
    local tree="$1" target="$2" map="$1=/cognate"
    local cargo_home="${CARGO_HOME:-$HOME/.cargo}"
    local variable="CFLAGS_${target//-/_}"
    (
        cd "$tree"
        export RUSTFLAGS="-C target-feature=+crt-static --remap-path-prefix=$map --remap-path-prefix=$cargo_home=/cargo"
        export "$variable=-ffile-prefix-map=$map -ffile-prefix-map=$cargo_home=/cargo"
        # MinGW writes the time of linking into the file unless told not to.
        [[ $target != *windows* ]] || RUSTFLAGS+=" -C link-arg=-Wl,--no-insert-timestamp"
        "${CARGO:-cargo}" build --release --locked -p cognate --target "$target" --target-dir "$tree/target" >&2
    )
    local program="$tree/target/$target/release/cognate"
    [[ $target != *windows* ]] || program+=.exe
    echo "$program"
}

# Runs a program of a target, where that can be.
runner() {
    case "$1" in
    "$host" | x86_64-*-linux-*) [[ $host == x86_64-*-linux-* ]] && echo env ;;
    aarch64-*-linux-*) [[ $host == aarch64-* ]] && echo env || command -v qemu-aarch64-static || true ;;
    *windows*) command -v wine64 || command -v wine || true ;;
    esac
}

check_static() {
    [[ $2 == *linux* ]] || return 0
    local headers
    headers="$(readelf -l -d "$1")"
    ! grep -qE 'INTERP|NEEDED' <<<"$headers" || { echo "$1 is not static"; exit 1; }
}

# From an empty store to a verdict that is known, on files of the tree.
check_day() {
    local run="$1" program="$2" fixtures="crates/cli/tests/fixtures"
    local store="$scratch/store"
    rm -rf "$store"
    $run "$program" --version
    $run "$program" index --manifest "$fixtures/labels.tsv" --store "$store" --quiet
    $run "$program" match "$fixtures/beta.elf" --store "$store" | grep RELATED
    $run "$program" case assess cases/wannacry.toml --as-of 2017-05-26 | grep 'very likely (92 %'
    $run "$program" doctor --store "$store" || echo "doctor: something is missing here"
}

# Packs a folder so that the same content gives the same bytes.
pack() {
    local folder="$1" target="$2"
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    if [[ $target == *windows* ]] && command -v zip >/dev/null; then
        (cd "$(dirname "$folder")" && find "$(basename "$folder")" | sort | zip -X -q -@ "$folder.zip")
    else
        tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$(dirname "$folder")" \
            -c "$(basename "$folder")" | gzip -9 -n >"$folder.tar.gz"
    fi
    rm -rf "$folder"
}

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
[[ $# -gt 0 ]] || mapfile -t list < <(targets)
[[ $# -eq 0 ]] || list=("$@")
untried=()
teller=""
for target in "${list[@]}"; do
    say "$target"
    checkout "$scratch/one"
    program="$(build "$scratch/one" "$target")"
    check_static "$program" "$target"
    if $twice; then
        checkout "$scratch/another-place"
        again="$(build "$scratch/another-place" "$target")"
        cmp "$program" "$again"
        echo "the same bytes at two places"
        rm -rf "$scratch/another-place"
    fi
    run="$(runner "$target")"
    if [[ -n $run ]]; then
        check_day "$run" "$program"
    else
        untried+=("$target")
    fi
    if [[ -z $teller ]]; then
        [[ $run == env ]] || { echo "name a target first that runs here: it prints the manual pages"; exit 1; }
        teller="$scratch/teller"
        cp "$program" "$teller"
    fi
    folder="$out/cognate-$version-$target"
    rm -rf "$folder" "$folder.tar.gz" "$folder.zip"
    "$scratch/one/tools/install.sh" "$folder" "$program" "$teller"
    "$scratch/one/tools/licences.py" "$target" >"$folder/share/doc/cognate/LICENCES.txt"
    cp "$scratch/one/Containerfile" "$folder/share/doc/cognate"
    pack "$folder" "$target"
    rm -rf "$scratch/one"
done
say "what there is"
cd "$out"
sha256sum cognate-"$version"-*.tar.gz $(ls cognate-"$version"-*.zip 2>/dev/null || true) | tee SHA256SUMS
[[ ${#untried[@]} -eq 0 ]] || echo "made and not tried, as nothing here runs them: ${untried[*]}"
