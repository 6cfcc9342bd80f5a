"""The engine's posterior beside a general Bayesian-network package on the same network.

    cognate case explain CASE.toml [--as-of DATE] --json > explained.json
    python3 -m venv venv && venv/bin/pip install pyagrum==3.3.1
    venv/bin/python bench/bayes_net.py explained.json ...

The network is built from what the document says went in, not from what came
out: one node H with a value for each hypothesis and its prior; for each source
a node "reliable" with its share rho; for each source a chain of "report" nodes,
one an observation, which show the fact (judged likelihood P(e|h), by its own
share w / rho) where the source is reliable. Where it is not, what it says is as
probable under every hypothesis, and as probable as all of it is expected to be
of a reliable one: what a source says is no evidence of its reliability. All
reports are observed; the package's exact inference gives H. Dependence groups
are no Bayesian network (they discount likelihoods): their members enter with the
likelihoods that the document gives for them ("counted"), and their count is printed.
"""
import json
import math
import sys

import pyagrum as gum


def network(doc):
    prior = [h["prior"] for h in doc["hypotheses"]]
    net = gum.BayesNet()
    net.add(gum.LabelizedVariable("H", "hypothesis", len(prior)))
    net.cpt("H").fillWith([p / sum(prior) for p in prior])
    by_item = {one["item"]: one for one in doc["observations"]}
    evidence, exact, grouped = {}, 0, 0
    for source in doc["sources"]:
        reliable = f"reliable_{source['source']}"
        net.add(gum.LabelizedVariable(reliable, reliable, 2))
        net.cpt(reliable).fillWith([1 - source["reliability"], source["reliability"]])
        rows = []
        for item in source["items"]:
            one = by_item[item]
            if one["group"]:
                grouped += 1
                most = max(step["counted"] for step in one["steps"])
                rows.append([math.exp(step["counted"] - most) for step in one["steps"]])
            else:
                exact += 1
                own = min(one["weight"] / source["reliability"], 1)
                rows.append([own * step["judged"] + (1 - own) * one["expected"] for step in one["steps"]])
        # How probable all of it is under each hypothesis, and expected.
        whole = [math.prod(row[h] for row in rows) for h in range(len(prior))]
        expected = sum(w * p for w, p in zip(whole, prior)) / sum(prior)
        for place, row in enumerate(rows):
            node = f"report_{source['source']}_{place}"
            net.add(gum.LabelizedVariable(node, node, 2))
            net.addArc("H", node)
            net.addArc(reliable, node)
            for h, value in enumerate(row):
                net.cpt(node)[{"H": h, reliable: 1}] = [1 - value, value]
                # An unreliable source: the same for every hypothesis, the product over its reports as expected.
                even = expected ** (1 / len(rows))
                net.cpt(node)[{"H": h, reliable: 0}] = [1 - even, even]
            evidence[node] = 1
    return net, evidence, exact, grouped


def main():
    worst = 0.0
    for path in sys.argv[1:]:
        doc = json.load(open(path))
        net, evidence, exact, groups = network(doc)
        inference = gum.VariableElimination(net)
        inference.setEvidence(evidence)
        inference.makeInference()
        values = inference.posterior("H").tolist()
        difference = max(abs(v - h["probability"]) for v, h in zip(values, doc["hypotheses"]))
        worst = max(worst, difference)
        print(f"{doc['case']:20} as of {doc['as_of'] or 'all':10}  {exact:3} observations, {groups} more in groups  greatest difference {difference:.1e}")
        for value, h in zip(values, doc["hypotheses"]):
            print(f"    {h['id']:34} cognate {h['probability']:.9f}   network {value:.9f}")
    print(f"pyagrum {gum.__version__}: greatest difference {worst:.1e}")
    sys.exit(worst > 1e-9)


main()
