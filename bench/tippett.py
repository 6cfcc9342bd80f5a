#!/usr/bin/env python3
"""Draws how many pairs reach a likelihood ratio: of one lineage, and of different ones (a Tippett plot).

    bench/tippett.py bench/results/open-set-test-quick.json > docs/tippett.svg
"""
import json
import sys

WIDE, HIGH, LEFT, TOP = 640, 320, 60, 20
CURVES = [("own lineage present", "own", "#1f6f8b", ""), ("own lineage absent", "strangers", "#b5382a", "6 3"), ("one other lineage only", "strangers", "#7a4e9c", "2 3")]
NAMES = ["one lineage", "different lineages, store of many", "different lineages, store of one other"]


def main():
    report = json.load(open(sys.argv[1], encoding="utf-8"))
    rows = next(table["rows"] for table in report["tables"] if table["title"] == "Pairs that reach a ratio")
    ratios = sorted(float(key[3:]) for key in rows[0] if key.startswith("10^"))
    across = lambda ratio: LEFT + (ratio - ratios[0]) / (ratios[-1] - ratios[0]) * WIDE
    down = lambda share: TOP + (1 - share) * HIGH
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 20} {TOP + HIGH + 70}" font-family="sans-serif" font-size="12" fill="#222">',
           '<rect width="100%" height="100%" fill="#fff"/>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = down(share)
        out.append(f'<path d="M{LEFT} {y}h{WIDE}" stroke="#ddd"/><text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{100 * share:.0f} %</text>')
    for ratio in ratios:
        out.append(f'<text x="{across(ratio):.1f}" y="{TOP + HIGH + 18}" text-anchor="middle">10<tspan dy="-4" font-size="9">{ratio:g}</tspan></text>')
    for (presence, kind, colour, dash), name, place in zip(CURVES, NAMES, range(3)):
        row = next(one for one in rows if one["in the store"] == presence and one["pairs"] == kind)
        points = " ".join(f"{across(ratio):.1f},{down(float(row[f'10^{ratio:g}'])):.1f}" for ratio in ratios)
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        x, y = LEFT + WIDE - 275, TOP + 24 + 18 * place
        out.append(f'<path d="M{x} {y - 4}h28" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/><text x="{x + 36}" y="{y}">{name} ({int(row["number"]):,})</text>')
    out.append(f'<text x="{LEFT + WIDE / 2}" y="{TOP + HIGH + 44}" text-anchor="middle">likelihood ratio that is reached</text></svg>')
    print("\n".join(out))


if __name__ == "__main__":
    main()
