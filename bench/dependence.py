"""What other models of dependence would make of a case, beside the engine's.

    for d in 2017-05-16 2017-05-26; do cognate case explain cases/wannacry.toml --as-of $d --json > $d.json; done
    python3 bench/dependence.py --claims lazarus/cluster,lazarus/group 2017-05-16.json 2017-05-26.json

Everything is worked out anew from what `explain` says went in: priors, judged
likelihoods, grades, groups. The last column is the engine's own number; that
before it, recomputed here, must equal it.

    alone     every observation by itself, no group, no common source
    rank/h    in a group, supports of one sign ranked for each hypothesis apart, the k-th counts (1 - r)^k
    rank/item in a group, one rank an item, by how far it tells hypotheses apart
    rungs     in a group, rungs that part the hypotheses alike ranked by height
    source    rungs, and each source reliable for all that it says or for none

`--random N` tries each model on N random groups instead: how often an item lowers the odds of what it favours (by
more than 1e-9), how often a copy moves anything at correlation 1, and how often a neutral item does.
"""
import json
import math
import random
import sys

MODELS = ["alone", "rank/h", "rank/item", "rungs", "source"]


def support(likelihood, weight, prior):
    expected = sum(l * p for l, p in zip(likelihood, prior))
    return [math.log(weight * l / expected + 1 - weight) for l in likelihood]


def ranked(values, kept):
    """Sorted by size, the k-th of each sign times kept^k."""
    out, seen = 0.0, {True: 0, False: 0}
    for value in sorted(values, key=abs, reverse=True):
        if value:
            out += value * kept ** seen[value > 0]
            seen[value > 0] += 1
    return out


def rungs(row):
    """(hypotheses above, what it adds to them, what it takes from the others, height), from the top."""
    order = sorted(range(len(row)), key=lambda h: -row[h])
    out, above = [], set()
    for upper, lower in zip(order, order[1:]):
        above.add(upper)
        if row[upper] > row[lower]:
            up = max(row[upper], 0) - max(row[lower], 0)
            down = min(row[lower], 0) - min(row[upper], 0)
            out.append((frozenset(above), up, down))
    return out


def heard(row, rho, prior):
    most = max(row)
    mean = sum(math.exp(v - most) * p for v, p in zip(row, prior))
    return [math.log(rho * math.exp(v - most) / mean + 1 - rho) for v in row]


def told(row, rho, prior):
    mean = sum(math.exp(v) * p for v, p in zip(row, prior))
    return [math.log(max(math.exp(v) / mean - (1 - rho), 1e-15) / rho) for v in row]


def spread(row):
    return max(row) - min(row)


def news(observations, rows, prior):
    """Which share of what it is worth alone each adds to what its source says that is stronger."""
    share, sources = [1.0] * len(rows), {}
    for i, one in enumerate(observations):
        sources.setdefault(one["source"], []).append(i)
    for members in (m for m in sources.values() if len(m) > 1):
        groups = {}
        for i in members:
            groups.setdefault(observations[i]["group"] or ("own", i), []).append(i)
        counted = {}
        for places in groups.values():
            kept = 1 - observations[places[0]]["correlation"]
            for i, row in zip(places, left([rows[i] for i in places], kept, "rungs")):
                counted[i] = told(row, observations[i]["reliability"], prior)
        joint, before = [0.0] * len(prior), [0.0] * len(prior)
        for i in sorted(members, key=lambda i: -spread(rows[i])):
            joint = [a + b for a, b in zip(joint, counted[i])]
            now = heard(joint, observations[i]["reliability"], prior)
            if spread(rows[i]) > 0:
                share[i] = min(1.0, spread([a - b for a, b in zip(now, before)]) / spread(rows[i]))
            before = now
    return share


def left(rows, kept, model, telling=None):
    """What a group leaves of each member."""
    if model == "alone" or len(rows) == 1:
        return rows
    size = len(rows[0])
    if model == "rank/item":
        order = sorted(range(len(rows)), key=lambda i: max(rows[i]) - min(rows[i]), reverse=True)
        return [[value * kept ** order.index(i) for value in row] for i, row in enumerate(rows)]
    if model == "rank/h":
        # Only the sum is defined; it is given to the first member.
        whole = [ranked([row[h] for row in rows], kept) for h in range(size)]
        return [whole] + [[0.0] * size for _ in rows[1:]]
    sets = {}
    for i, row in enumerate(rows):
        for above, up, down in rungs(row):
            height = (up - down) * (telling[i] if telling else 1.0)
            sets.setdefault(above, []).append((height, i, up, down))
    out = [[0.0] * size for _ in rows]
    for above, members in sets.items():
        for k, (_, i, up, down) in enumerate(sorted(members, key=lambda m: (-m[0], m[1]))):
            for h in range(size):
                out[i][h] += kept**k * (up if h in above else down)
    return out


def posterior(prior, observations, model):
    groups = {}
    rows = [support(one["likelihood"], one["weight"], prior) for one in observations]
    share = news(observations, rows, prior) if model == "source" else None
    for place, one in enumerate(observations):
        groups.setdefault(one["group"] or place, []).append(place)
    joint, total = {}, [0.0] * len(prior)
    for places in groups.values():
        telling = [share[i] for i in places] if share else None
        kept = 1 - observations[places[0]]["correlation"]
        for i, row in zip(places, left([rows[i] for i in places], kept, model, telling)):
            if model != "source":
                total = [a + b for a, b in zip(total, row)]
                continue
            rho = observations[i]["reliability"]
            seen = joint.setdefault(observations[i]["source"], (rho, [0.0] * len(prior)))[1]
            seen[:] = [a + b for a, b in zip(seen, told(row, rho, prior))]
    for rho, row in joint.values():
        total = [t + v for t, v in zip(total, heard(row, rho, prior))]
    logs = [math.log(p) + t for p, t in zip(prior, total)]
    most = max(logs)
    weights = [math.exp(l - most) for l in logs]
    return [w / sum(weights) for w in weights]


def read(path):
    doc = json.load(open(path))
    prior = [h["prior"] for h in doc["hypotheses"]]
    observations = [
        {
            "likelihood": [step["judged"] for step in one["steps"]],
            "weight": one["weight"],
            "reliability": one["reliability"],
            "source": one["source"],
            "group": one["group"],
            "correlation": one["correlation"] or 0.0,
            "item": one["item"],
        }
        for one in sorted(doc["observations"], key=lambda one: one["item"])
    ]
    return doc, prior, observations


def table(paths, wanted):
    print("| case | claim | " + " | ".join(MODELS) + " | engine |")
    print("|---|---|" + "---|" * (len(MODELS) + 1))
    for path in paths:
        doc, prior, observations = read(path)
        ids = [h["id"] for h in doc["hypotheses"]]
        for claim in doc["claims"]:
            if wanted and claim["id"] not in wanted:
                continue
            cells = []
            for model in MODELS:
                p = posterior(prior, observations, model)
                cells.append(sum(value for id, value in zip(ids, p) if id in claim["holds"]))
            assert abs(cells[-1] - claim["probability"]) < 1e-6, (claim["id"], cells[-1], claim["probability"])
            when = doc["as_of"] or "all"
            print(f"| {doc['case']} {when} | {claim['id']} | " + " | ".join(f"{100 * c:.1f}" for c in cells + [claim["probability"]]) + " |")


def tried(count):
    random.seed(1)
    print("| model | an item lowers what it favours | by at most, in log odds | a copy moves at r = 1 | a neutral item moves |")
    print("|---|---|---|---|---|")
    for model in MODELS[1:]:
        lowered = copied = neutral = 0
        most = 0.0
        for _ in range(count):
            size = random.randint(3, 7)
            prior = [random.uniform(0.02, 1) for _ in range(size)]
            prior = [p / sum(prior) for p in prior]
            make = lambda place: {
                "likelihood": [random.uniform(0.01, 0.99) for _ in range(size)],
                "weight": random.choice([0.95, 0.8, 0.6, 0.35, 0.1]),
                "group": "g",
                "source": place,
            }
            r = random.choice([0.25, 0.5, 0.8, 1.0])
            items = [make(place) for place in range(random.randint(2, 5))]
            for one in items:
                one["reliability"], one["correlation"] = one["weight"], r
            change = moved(prior, items[:-1], items, model)
            favours = items[-1]["likelihood"]
            worst = max((change[b] - change[a] for a in range(size) for b in range(size) if favours[a] > favours[b]), default=0.0)
            lowered += worst > 1e-9
            most = max(most, worst)
            for one in items:
                one["correlation"] = 1.0
            copy = dict(items[0], source="copy")
            copied += max(map(abs, moved(prior, items, items + [copy], model))) > 1e-9
            even = dict(items[0], source="even", likelihood=[0.5] * size)
            neutral += max(map(abs, moved(prior, items, items + [even], model))) > 1e-9
        print(f"| {model} | {100 * lowered / count:.1f} % | {most:.2f} | {100 * copied / count:.1f} % | {100 * neutral / count:.1f} % |")


def moved(prior, before, after, model):
    one, other = posterior(prior, before, model), posterior(prior, after, model)
    change = [math.log(b) - math.log(a) for a, b in zip(one, other)]
    return [c - change[0] for c in change]


if sys.argv[1:2] == ["--random"]:
    tried(int(sys.argv[2]))
else:
    arguments = sys.argv[1:]
    claims = set()
    if arguments[:1] == ["--claims"]:
        claims, arguments = set(arguments[1].split(",")), arguments[2:]
    table(arguments, claims)
