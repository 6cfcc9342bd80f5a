"""The engine's posterior beside a general Bayesian-network package on the same network.

    cognate case assess CASE.toml [--as-of DATE] --json > assessment.json
    python3 -m venv venv && venv/bin/pip install pyagrum==3.3.1
    venv/bin/python bench/bayes_net.py assessment.json ...

The network is built from what the document says went in, not from what came
out: one node H with a value for each hypothesis and its prior; for each
observation a node "fact" with the judged likelihood P(e|h), and a node
"report", which repeats the fact with probability `weight` and otherwise is
made with the probability `expected` whatever the fact. All reports are
observed; the package's exact inference gives H. Dependence groups of a
correlation strictly between 0 and 1 are no Bayesian network (they discount
likelihoods): such a group enters as one observation with the likelihoods that
the document gives for it ("counted", the sum over its members), and the count
of such groups is printed. A group of correlation 1 or 0 needs no such help in
theory, but goes the same way here.
"""
import json
import math
import sys

import pyagrum as gum


def network(doc):
    leaves = [h["prior"] for h in doc["hypotheses"]]
    total = sum(leaves)
    net = gum.BayesNet()
    net.add(gum.LabelizedVariable("H", "hypothesis", len(leaves)))
    net.cpt("H").fillWith([p / total for p in leaves])
    evidence, grouped, exact = {}, {}, 0
    for item in doc["items"]:
        if item["counting"]["how"] == "copy-of":
            continue
        if item["group"]:
            grouped.setdefault(item["group"], []).append(item["counted"])
            continue
        fact, report = f"fact_{item['id']}", f"report_{item['id']}"
        net.add(gum.LabelizedVariable(fact, fact, 2))
        net.add(gum.LabelizedVariable(report, report, 2))
        net.addArc("H", fact)
        net.addArc("H", report)
        net.addArc(fact, report)
        w, c = item["weight"], item["expected"]
        for h, p in enumerate(item["likelihood"]):
            net.cpt(fact)[{"H": h}] = [1 - p, p]
            for f in (0, 1):
                # With probability w the report shows the fact, else it is made anyway as often as c.
                says = w * f + (1 - w) * c
                net.cpt(report)[{"H": h, fact: f}] = [1 - says, says]
        evidence[report] = 1
        exact += 1
    for group, rows in grouped.items():
        support = [sum(column) for column in zip(*rows)]
        most = max(support)
        node = f"group_{group}"
        net.add(gum.LabelizedVariable(node, node, 2))
        net.addArc("H", node)
        for h, value in enumerate(support):
            p = math.exp(value - most)
            net.cpt(node)[{"H": h}] = [1 - p, p]
        evidence[node] = 1
    return net, evidence, exact, len(grouped)


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
        print(f"{doc['case']['id']:20} as of {doc['as_of'] or 'all':10}  {exact:3} observations, {groups} groups  greatest difference {difference:.1e}")
        for value, h in zip(values, doc["hypotheses"]):
            print(f"    {h['id']:34} cognate {h['probability']:.9f}   network {value:.9f}")
    print(f"pyagrum {gum.__version__}: greatest difference {worst:.1e}")
    sys.exit(worst > 1e-9)


main()
