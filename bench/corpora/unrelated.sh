#!/bin/sh
# Builds small programs of our own that have nothing in common but the runtime that is linked into them, a folder
# for each runtime: unrelated.sh FOLDER
set -eu
sources=$(dirname "$0")/unrelated
out=$1
for folder in glibc mingw mingw-both rust; do mkdir -p "$out/$folder"; done
build() { # FOLDER PROGRAM COMPILER LEVEL
    "$3" "$4" -static -s -o "$out/$1/$2.exe" "$sources/$2.c" -lm
}
build glibc lines gcc-12 -O2
build glibc tree gcc-12 -O0
build glibc maze clang-16 -O2
for program in clock vowels waves; do build glibc $program gcc-12 -O2; done
build mingw lines x86_64-w64-mingw32-gcc -O2
build mingw tree x86_64-w64-mingw32-gcc -O2
build mingw maze x86_64-w64-mingw32-gcc -O0
build mingw-both lines x86_64-w64-mingw32-gcc -O2
build mingw-both tree i686-w64-mingw32-gcc -O2
for source in "$sources"/*.rs; do
    rustc --edition 2021 -O -C strip=symbols -o "$out/rust/$(basename "$source" .rs)" "$source"
done
