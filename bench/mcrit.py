#!/usr/bin/env python3
"""Run MCRIT (PyPI `mcrit`, with PyPI `smda`) over the same files as cognate and print its figures as JSON.

Side-by-side benchmark, not part of CI. MCRIT needs Python 3.12 or newer; on an older Debian:

    debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates trixie ROOT MIRROR
    chroot ROOT python3 -m venv /opt/m && chroot ROOT /opt/m/bin/pip install mcrit==1.16.0 smda==5.0.1
    mkdir -p ROOT/data && mount --bind REF ROOT/data      # or copy the files
    cp bench/{mcrit.py,samples26.tsv,pairs.tsv} ROOT/opt/
    chroot ROOT /opt/m/bin/python /opt/mcrit.py /data /opt/samples26.tsv /opt/pairs.tsv > mcrit.json

Use the packages of the registry only. Everything is in memory and in one process. `process_time` is
CPU time of this process; run it when nothing else runs, and read wall time with that in mind.
"""
import csv, json, logging, os, resource, sys, time

sys.path.pop(0)  # this file is named like the package it measures
logging.disable(logging.CRITICAL)
from mcrit.config.McritConfig import McritConfig
from mcrit.config.MinHashConfig import MinHashConfig
from mcrit.config.QueueConfig import QueueConfig
from mcrit.config.StorageConfig import StorageConfig
from mcrit.index.MinHashIndex import MinHashIndex
from smda.Disassembler import Disassembler


def rows(path):
    return [line.rstrip("\n").split("\t") for line in open(path) if line.strip() and not line.startswith("#")]


def rss_mb():
    """Resident memory now, in MB."""
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 1e6


class Clock:
    """Adds CPU and wall seconds to a named stage."""
    stages = {}

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.cpu, self.wall = time.process_time(), time.time()

    def __exit__(self, *_):
        cpu, wall = self.stages.get(self.name, (0, 0))
        self.stages[self.name] = (cpu + time.process_time() - self.cpu, wall + time.time() - self.wall)


def main():
    folder, samples, pairs = sys.argv[1], rows(sys.argv[2]), rows(sys.argv[3])
    config = McritConfig()
    config.STORAGE_CONFIG = StorageConfig(STORAGE_METHOD="memory")
    config.QUEUE_CONFIG = QueueConfig(QUEUE_METHOD="fake")
    config.MINHASH_CONFIG = MinHashConfig(MINHASH_POOL_INDEXING=False, MINHASH_POOL_MATCHING=False)
    index = MinHashIndex(config)
    start_rss, ids, functions, instructions, per_file = rss_mb(), {}, 0, 0, []
    disassembler = Disassembler()
    disassembly_peak = 0
    for name, family, version in samples:
        before = dict(Clock.stages)
        with Clock("disassemble"):
            report = disassembler.disassembleFile(os.path.join(folder, name))
        report.family, report.version, report.filename = family, version, name
        disassembly_peak = max(disassembly_peak, rss_mb())
        with Clock("add"):
            added = index.addReport(report, calculate_hashes=False)
        ids[name] = added["sample_info"]["sample_id"]
        with Clock("minhash"):
            index.updateMinHashesForSample(ids[name])
        functions += report.num_functions
        instructions += report.num_instructions
        cpu = {s: round(v[0] - before.get(s, (0, 0))[0], 2) for s, v in Clock.stages.items()}
        per_file.append({"file": name, "functions": report.num_functions, "instructions": report.num_instructions, "cpu_s": cpu, "rss_mb": round(rss_mb())})
        print(per_file[-1], file=sys.stderr, flush=True)
    del report
    end_rss = rss_mb()
    matches, wanted = [], sorted({p[0] for p in pairs} | {"lz4-4.3.3__frame.x64"})
    results = {}
    for name in wanted:
        cpu, wall = time.process_time(), time.time()
        job = index.getMatchesForSample(ids[name])
        result = index.getResultForJob(job)
        own = index.getSampleById(ids[name])
        results[name] = {s["filename"]: s["matched"]["percent"] for s in result["matches"]["samples"]}
        matches.append({"query": name, "functions": own.statistics["num_functions"], "cpu_s": round(time.process_time() - cpu, 3), "wall_s": round(time.time() - wall, 3)})
        print(matches[-1], file=sys.stderr, flush=True)
    table = []
    for query, relative, anchor, goal, library, what in pairs:
        percents = results[query]
        ranked = sorted((n for n in percents if n != query), key=lambda n: -percents[n]["unweighted"])
        table.append({"query": query, "relative": relative, "what": what, "anchor": anchor,
                      "percent": {k: round(v, 1) for k, v in percents.get(relative, {}).items()} or None,
                      "rank": ranked.index(relative) + 1 if relative in ranked else None})
    usage = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({"tool": "mcrit " + McritConfig.VERSION, "samples": len(samples), "functions": functions, "instructions": instructions,
               "stages_cpu_wall_s": {s: [round(x, 2) for x in v] for s, v in Clock.stages.items()},
               "functions_per_s_all": round(functions / sum(v[0] for v in Clock.stages.values()), 1),
               "functions_per_s_without_disassembly": round(functions / sum(v[0] for s, v in Clock.stages.items() if s != "disassemble"), 1),
               "rss_mb": {"start": round(start_rss), "after_indexing": round(end_rss), "peak": round(usage.ru_maxrss / 1024)},
               "bytes_per_function": round((end_rss - start_rss) * 1e6 / functions),
               "matching": matches, "pairs": table, "files": per_file}, sys.stdout, indent=1)


main()
