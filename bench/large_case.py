"""Writes a case of many items and hypotheses to standard output, made up with a fixed seed.

    python3 bench/large_case.py 10000 7 > big.toml    # 7 candidates: 50 hypotheses
    time cognate case assess big.toml > /dev/null

Half of the items stand in 300 dependence groups; 40 sources of all grades;
reports on every day of a year.
"""
import random
import sys

ITEMS, CANDIDATES = int(sys.argv[1]), int(sys.argv[2])
random.seed(1)
PRIORS = "tasked = 0.01, untasked = 0.01, contractor = 0.01, reuse = 0.02, false-flag = 0.01"
print('[case]\nid = "big"\ntitle = "Big"\nquestion = "Who?"')
print(f'[unlisted]\nprior = {1 - 0.07 * CANDIDATES:.2f}\nreason = "made up"')
for c in range(CANDIDATES):
    by = f"false-flag-by = {{ c{(c + 1) % CANDIDATES} = 0.005, c{(c + 2) % CANDIDATES} = 0.005 }}"
    print(f'[[candidate]]\nid = "c{c}"\nname = "C{c}"\nsponsor = "S{c}"\nprior = {{ {PRIORS}, {by}, reason = "made up" }}')
for s in range(40):
    print(f'[[source]]\nid = "s{s}"\nname = "S{s}"\nkind = "vendor"\nreliability = "{random.choice("ABCDEF")}"\nreason = "made up"')
for g in range(300):
    print(f'[[group]]\nid = "g{g}"\ncorrelation = {random.random():.2f}\nreason = "made up"')
for i in range(ITEMS):
    c, own = random.randrange(CANDIDATES), random.uniform(0.05, 0.6)
    other = own * random.uniform(0.7, 1.4)
    group = f'group = "g{random.randrange(300)}"\n' if i % 2 else ""
    print(
        f'[[evidence]]\nid = "e{i}"\ntitle = "t{i}"\nkind = "code"\naspect = "malware"\nobservation = "o{i}"\n'
        f'artefacts = ["a{random.randrange(5000)}"]\nsource = "s{random.randrange(40)}"\ncredibility = {random.randrange(1, 7)}\n'
        f"reported = 2017-{random.randrange(1, 13):02}-{random.randrange(1, 28):02}\n{group}"
        f'forgeability = "moderate"\nshareability = "private"\nrationale = "made up"\n'
        f"likelihood = {{ unlisted = {other:.3f}, c{c} = {{ tasked = {own:.3f}, untasked = {own * 0.9:.3f} }} }}"
    )
