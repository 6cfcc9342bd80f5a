#!/usr/bin/env bash
# Rebuilds the recovery fixtures from flow.c: stripped files, and their function symbols
# as `ADDRESS NAME` lines. Needs gcc-12 with its cross and mingw friends, and clang-16.
set -eu
cd "$(dirname "$0")"
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
# `bare` has no unwind data: everything must come from the code itself
one() { # name strip nm compiler...
  name=$1 strip=$2 nm=$3; shift 3
  "$@" -w -o "$t/full.bin" flow.c
  "$nm" "$t/full.bin" | awk '$2 ~ /^[tT]$/ && $3 !~ /^(_*(end|etext|edata|bss_start|CTOR_LIST__|DTOR_LIST__).*|\..*|_?_*(text|data)_.*)$/ {print $1, $3}' | sort > "$name.syms"
  "$strip" -s -o "$name.bin" "$t/full.bin"
}
elf="-nostdlib -shared -fPIC -fvisibility=hidden -Wl,--build-id=none -Wl,-e,entry"
bare="-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector"
for o in O0 O2 Os; do
  one x86_64-gcc-$o        strip nm gcc-12 -$o $elf
  one x86_64-gcc-$o-bare   strip nm gcc-12 -$o $elf $bare
  one x86_64-clang-$o-bare strip nm clang-16 -$o $elf $bare
  one x86-gcc-$o           i686-linux-gnu-strip i686-linux-gnu-nm i686-linux-gnu-gcc-12 -$o $elf -fcf-protection=none
  one x86-gcc-$o-bare      i686-linux-gnu-strip i686-linux-gnu-nm i686-linux-gnu-gcc-12 -$o $elf $bare -fcf-protection=none
  one aarch64-gcc-$o       aarch64-linux-gnu-strip aarch64-linux-gnu-nm aarch64-linux-gnu-gcc-12 -$o $elf
  one aarch64-gcc-$o-bare  aarch64-linux-gnu-strip aarch64-linux-gnu-nm aarch64-linux-gnu-gcc-12 -$o $elf $bare
  one aarch64-clang-$o-bare aarch64-linux-gnu-strip aarch64-linux-gnu-nm clang-16 --target=aarch64-linux-gnu -$o $elf $bare
done
pe="-nostdlib -shared -Wl,--no-insert-timestamp"
one pe-x86_64-gcc-O2 x86_64-w64-mingw32-strip x86_64-w64-mingw32-nm x86_64-w64-mingw32-gcc -O2 $pe -Wl,-e,entry
one pe-x86-gcc-O2-bare i686-w64-mingw32-strip i686-w64-mingw32-nm i686-w64-mingw32-gcc -O2 $pe -Wl,-e,_entry $bare
