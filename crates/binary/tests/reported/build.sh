#!/bin/sh
# The files of this folder, from the sources beside them. gcc 12 made those in the tree.
set -eu
for bits in 32 64; do
    python3 low.py $bits > low$bits.s && gcc -m$bits -nostdlib -static -no-pie -s -o low$bits low$bits.s
    python3 zeros.py $bits > zeros$bits.s && gcc -m$bits -nostdlib -static -no-pie -s -o zeros$bits zeros$bits.s
done
gcc -m32 -nostdlib -static -no-pie -s -o two two.s
gcc -nostdlib -static -no-pie -s -o opaque opaque.s
gcc -O1 -fno-asynchronous-unwind-tables -fno-reorder-functions -s -o noret noret.c
rm low32.s low64.s zeros32.s zeros64.s
