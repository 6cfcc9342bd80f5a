#!/usr/bin/env python3
"""How often unrelated software reaches the bar of data flow by chance: share times bits in common.

    flow_chance.py DUMP.tsv DUMP.bin RARITY.bin --query /lua- --others /wild/ [--queries 1500] [--lists LISTS.tsv]

DUMP comes from `cargo run --release -p cognate-fingerprint --example flow_dump FILE...` (see tools/flow_rarity.py), RARITY is
crates/fingerprint/data/flow_rarity.bin. Functions of at least five blocks in files whose path holds QUERY are asked
against all of at least ten instructions in files whose path holds OTHERS; the two must share no source. LISTS comes from
`cognate-bench fit --dump`: the share of true partners that reach the same bars. Needs numpy and scipy."""
import argparse
import struct

import numpy as np
from scipy import sparse

MOST = 128  # features kept of a function, as the tool does
BARS = (12, 16, 20, 25, 30, 40, 60)


def weights(path):
    raw = open(path, 'rb').read()
    functions = struct.unpack('<I', raw[:4])[0]
    words = np.frombuffer(raw[4:], dtype='<u4')
    unknown = min(14.0, np.log2(functions / 3))
    return dict(zip((words >> 8).tolist(), ((words & 255) / 10).tolist())), unknown


def matrix(records, count, table, unknown):
    features, place = np.unique(records[:, 1], return_inverse=True)
    bits = np.array([table.get(int(feature), unknown) for feature in features], dtype=np.float32)
    whole = sparse.csr_matrix((np.ones(len(records), dtype=np.float32), (records[:, 0], place)), shape=(count, len(features)))
    rank = np.empty(len(features), dtype=np.int64)
    rank[np.lexsort((features, -bits))] = np.arange(len(features))
    kept, ends = [], [0]
    for row in range(count):
        own = whole.indices[whole.indptr[row]:whole.indptr[row + 1]]
        own = own[np.argsort(rank[own])[:MOST]]
        kept.append(np.sort(own))
        ends.append(ends[-1] + len(own))
    return sparse.csr_matrix((np.ones(ends[-1], dtype=np.float32), np.concatenate(kept), np.array(ends)), shape=whole.shape), bits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('tsv', 'records', 'rarity'):
        parser.add_argument(name)
    parser.add_argument('--query', required=True)
    parser.add_argument('--others', required=True)
    parser.add_argument('--queries', type=int, default=1500)
    parser.add_argument('--lists')
    options = parser.parse_args()
    rows = [line.rstrip('\n').split('\t') for line in open(options.tsv) if not line.startswith('#')]
    records = np.fromfile(options.records, dtype=np.uint32).reshape(-1, 2)
    table, bits = matrix(records, int(rows[-1][0]) + 1, *weights(options.rarity))
    asked = np.array([int(row[0]) for row in rows if options.query in row[1] and int(row[4]) >= 5])
    others = np.array([int(row[0]) for row in rows if options.others in row[1] and int(row[3]) >= 10])
    asked = np.random.default_rng(1).choice(asked, min(options.queries, len(asked)), replace=False)
    weigh = sparse.diags(bits)
    total = np.asarray((table @ weigh).sum(1)).ravel()
    columns = table[others].T.tocsc()
    best = []
    for start in range(0, len(asked), 100):
        part = asked[start:start + 100]
        shared = ((table[part] @ weigh) @ columns).tocsr()
        for at, query in enumerate(part):
            row = slice(shared.indptr[at], shared.indptr[at + 1])
            common, other = shared.data[row], others[shared.indices[row]]
            share = common / (total[query] + total[other] - common)
            best.append(float((share * common)[share >= 0.05].max(initial=0.0)))
    best = np.array(best)
    true = None
    if options.lists:
        lines = open(options.lists).read().rstrip('\n').split('\n')
        head, seen, true = lines[0].lstrip('# ').split('\t'), set(), []
        share, common = head.index('flow jaccard'), head.index('flow bits')
        for line in lines[1:]:
            cells = line.split('\t')
            key = (cells[0], cells[1], cells[3])
            if key not in seen:  # the partner comes first
                seen.add(key)
                true.append(float(cells[share]) * np.expm1(float(cells[common])))
        true = np.array(true)
    print(f'{len(asked)} functions asked against {len(others)}')
    for bar in BARS:
        found = '' if true is None else f', true partners that reach it {100 * (true >= bar).mean():.1f} % of {len(true)}'
        print(f'share x bits >= {bar}: any hit by chance {100 * (best >= bar).mean():.2f} %{found}')


if __name__ == '__main__':
    main()
