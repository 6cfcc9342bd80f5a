#!/usr/bin/env bash
# Exports every case that ships, at up to eight of its days, and answers of `match` about the tree's own fixtures, and loads what comes out with the importers themselves.
# Ends with 0 and says "skipped" where there is no Python 3 with venv or where the packages cannot be installed.
#
#     bench/importers/run.sh [COGNATE]     the program to run [default: target/release/cognate]
set -euo pipefail
cd "$(dirname "$0")/../.."
here="bench/importers"
cognate="${1:-target/release/cognate}"
venvs="target/importers"

install() { # NAME: a virtual environment with what requirements-NAME.txt pins, made anew when that changes
    local venv="$venvs/$1" wanted="$here/requirements-$1.txt"
    cmp -s "$wanted" "$venv/installed.txt" && return 0
    rm -rf "$venv"
    python3 -m venv "$venv" 2>&1 | tail -1 || return 1
    timeout 180 "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 10 \
        -r "$wanted" 2>&1 | tail -2 || return 1
    cp "$wanted" "$venv/installed.txt"
}

command -v python3 >/dev/null || { echo "importers: skipped, there is no python3"; exit 0; }
for name in misp opencti; do
    install "$name" || { echo "importers: skipped, requirements-$name.txt cannot be installed here"; exit 0; }
done

out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
export_one() { # CASE DAY NAME
    "$cognate" case assess "$1" --as-of "$2" --json >"$out/$3.json"
    for format in stix misp; do
        "$cognate" case export "$1" --as-of "$2" --format "$format" -o "$out/$3.$format.json" 2>/dev/null
    done
}
exports=()
for file in cases/*.toml; do
    (
    name="$(basename "$file" .toml)"
    days="$(sed -nE 's/^reported = ([0-9-]+).*/\1/p' "$file" | sort -u)"
    step=$((($(wc -l <<<"$days") + 6) / 7))
    for day in $( (awk "NR % $step == 1 || $step == 1" <<<"$days"; tail -1 <<<"$days") | sort -u); do
        export_one "$file" "$day" "$name.$day"
    done
    "$cognate" case export "$file" --format case-uco -o "$out/$name.case-uco.json" 2>/dev/null
    ) &
    exports+=("$!")
done
for export in "${exports[@]}"; do wait "$export"; done
fixtures="crates/cli/tests/fixtures"
ask() { # NAME FILES…: what `match` says of them, in each form
    for format in stix misp; do
        "$cognate" match "${@:2}" --store "$out/store" --format "$format" -o "$out/$1.match-$format.json" || [ $? -le 1 ]
    done
    "$cognate" match "${@:2}" --store "$out/store" --json >"$out/$1.match.json" || [ $? -le 1 ]
}
"$cognate" index --manifest "$fixtures/labels.tsv" --store "$out/store" >/dev/null
ask named "$fixtures/beta.elf"
ask nobody "$fixtures/mingw/p1.exe"
ask several "$fixtures"/{alpha.elf,alpha.dll,gamma.elf,beta.elf,mingw/p2.exe}
"$venvs/misp/bin/python" tools/check_products.py "$out" >"$out/checked.txt" &
checked=$!
"$venvs/opencti/bin/python" "$here/load.py" opencti "$out" &
opencti=$!
"$venvs/misp/bin/python" "$here/load.py" misp "$out"
wait "$opencti"
wait "$checked" || { grep -A20 FAILED "$out/checked.txt"; exit 1; }
