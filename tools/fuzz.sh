#!/usr/bin/env bash
# Runs fuzz targets with libFuzzer, each for so many seconds, on a corpus of the fixtures in the tree:
#
#     tools/fuzz.sh [SECONDS [TARGET…]]        # 60 seconds each, all targets
#
# Needs no cargo-fuzz and no nightly compiler: coverage is an LLVM pass. Needs a C++ compiler for
# libFuzzer itself. What a target finds lies in fuzz/artifacts/TARGET; its corpus grows in fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-60}"
shift || true
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then
    mapfile -t targets < <(cd fuzz/fuzz_targets && ls -- *.rs | sed 's/\.rs$//')
fi

passes="-Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    passes+=" -Cllvm-args=-sanitizer-coverage-$option"
done
# A target directory of its own: everything is built again with coverage, and as a program, not for this machine alone.
host="$(rustc -vV | sed -n 's/^host: //p')"
RUSTFLAGS="--cfg fuzzing -Ccodegen-units=1 -Cdebug-assertions $passes ${RUSTFLAGS:-}" \
    cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz

# The folders of the tree that each target starts from.
seeds() {
    case "$1" in
        load | recover) echo crates/binary/tests/fixtures crates/cli/tests/fixtures ;;
        walk) echo crates/binary/tests/fixtures crates/cli/tests/fixtures fuzz/seeds/walk ;;
        case) echo cases ;;
        *) ls -d "fuzz/seeds/$1" 2>/dev/null || true ;;
    esac
}

failed=0
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    read -r -a from <<<"$(seeds "$target" | tr '\n' ' ')"
    log="$(mktemp)"
    status=0
    "target/fuzz/$host/release/$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 \
        "fuzz/corpus/$target" "${from[@]}" >"$log" 2>&1 || status=$?
    runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    memory="$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")"
    covered="$(grep -oE 'cov: [0-9]+' "$log" | tail -1)"
    if [ "$status" -eq 0 ]; then
        echo "$target: ${runs:-?} runs in ${seconds} s, ${covered:-cov: ?}, ${memory:-?} MB, nothing found"
    else
        failed=1
        echo "$target: FAILED, see fuzz/artifacts/$target"
        tail -n 40 "$log"
    fi
    rm -f "$log"
done
exit "$failed"
