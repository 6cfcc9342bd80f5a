#!/usr/bin/env bash
# The first day: one family in the store and nothing else, and an unrelated program asked about.
#
#     bench/first_day.sh COGNATE [ONE OTHER]…        # prints verdict and reason of each pair
#
# Without programs: pairs that are built here of two small sources of our own, statically with glibc and, where the compiler is there,
# with MinGW. None may come out as RELATED. Exits 1 if one does.
set -euo pipefail
cognate="$1"; shift
work="$(mktemp -d)"; trap 'rm -rf "$work"' EXIT
pairs=("$@")
if [ "${#pairs[@]}" -eq 0 ]; then
    cat > "$work/one.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int rows(const char *text) { int n = 0; for (; *text; text++) n += *text == '\n'; return n; }
int main(int count, char **words) { char line[99]; snprintf(line, sizeof line, "%d", rows(words[0])); return printf("%s %f\n", line, strtod(words[0], 0)) + count; }
C
    cat > "$work/other.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static unsigned mix(unsigned x) { for (int i = 0; i < 9; i++) x = x * 33 ^ x >> 7; return x; }
int main(int count, char **words) { char day[99]; time_t now = time(0); strftime(day, sizeof day, "%F", localtime(&now)); return puts(day) + atoi(words[0]) + (int)mix(count); }
C
    cc -O2 -static -s -o "$work/one" "$work/one.c"; cc -O2 -static -s -o "$work/other" "$work/other.c"
    pairs+=("$work/one" "$work/other")
    if command -v x86_64-w64-mingw32-gcc >/dev/null; then
        for name in one other; do x86_64-w64-mingw32-gcc -O2 -static -s -o "$work/$name.exe" "$work/$name.c"; done
        pairs+=("$work/one.exe" "$work/other.exe")
    fi
fi
related=0
for ((at = 0; at + 1 < ${#pairs[@]}; at += 2)); do
    one="${pairs[at]}"; other="${pairs[at + 1]}"
    "$cognate" index "$one" --family alpha --store "$work/store$at" -q >/dev/null
    answer="$("$cognate" match "$other" --store "$work/store$at" --json -q || true)"
    verdict="$(python3 -c 'import json, sys; it = json.load(sys.stdin)["answers"][0]["report"]["outcome"]; print(it["verdict"] + ": " + it["reason"])' <<<"$answer")"
    echo "$(basename "$one") -> $(basename "$other"): $verdict"
    case "$verdict" in related:*) related=1 ;; esac
done
exit "$related"
