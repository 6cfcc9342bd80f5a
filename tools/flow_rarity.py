#!/usr/bin/env python3
"""Learns how rare data-flow features are in goodware: crates/fingerprint/data/flow_rarity.bin.

usage: flow_rarity.py DUMP.tsv DUMP.bin OUT

DUMP comes from `cargo run --release -p cognate-fingerprint --example flow_dump FILE... > DUMP.tsv`, which
leaves `features.bin` beside it. Functions with equal features in one folder (a library in several versions or
builds) count once. Only software of the development part may go in. The format stands in
crates/fingerprint/src/flow/rarity.rs. Same input, same bytes."""
import array
import collections
import math
import os
import struct
import sys

LEAST = 8          # functions a feature must be in
MOST = 32768       # features kept: the most frequent


def main(tsv, records, out):
    folder = {}
    for line in open(tsv):
        if not line.startswith('#'):
            number, path, *_ = line.split('\t')
            folder[int(number)] = os.path.basename(os.path.dirname(path))
    words = array.array('I')
    words.frombytes(open(records, 'rb').read())
    counts, seen, functions = collections.Counter(), set(), 0
    at = 0
    while at < len(words):
        number, features = words[at], set()
        while at < len(words) and words[at] == number:
            features.add(words[at + 1])
            at += 2
        mark = (folder[number], frozenset(features))
        if mark in seen:
            continue
        seen.add(mark)
        functions += 1
        counts.update(features)
    kept = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    kept = sorted((feature, count) for feature, count in kept if count >= LEAST)
    with open(out, 'wb') as file:
        file.write(struct.pack('<I', functions))
        for feature, count in kept:
            bits = min(255, round(10 * math.log2(functions / count)))
            file.write(struct.pack('<I', feature << 8 | bits))
    print(f'{functions} functions, {len(counts)} features, {len(kept)} kept, rarest in {min(c for _, c in kept)}')


if __name__ == '__main__':
    main(*sys.argv[1:4])
