#!/usr/bin/env python3
"""Whose functions of Go and Rust programs are told to be, against what their builders say.

usage: names.py COGNATE CORPUS > bench/results/names.md        CORPUS in the layout of the controlled corpus, with language go or rust

`told` counts functions that COGNATE gives to anybody; `std` those of the language's own library by the truth that are told to be its;
`lost` those of the program or its crates and modules that are told to be the language's own library, or a C library. The truth calls all that
comes with the compiler `runtime`; of Go it names packages without their module, and calls all helpers of types runtime.
"""
import csv, gzip, json, os, subprocess, sys

STANDARD = {"go": "Go standard library", "rust": "Rust std"}


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def told(program, path):
    """The component of each function, by address."""
    document = json.loads(subprocess.run([program, "inspect", "--functions", "--json", "-q", path], capture_output=True, check=False).stdout)
    sample = document["samples"][0]
    own = {it["name"] for it in sample["components"] if it["kind"] == "program"}
    return {it["address"]: it["component"] for it in sample["function_list"]}, own


def truth(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {int(row["address"], 16): row["component"] for row in csv.DictReader(file, delimiter="\t")}


def is_named(component, own):
    """Whether a name that the file bears says so: a crate, a module, the program."""
    return component in own or component.startswith("crate ") or "." in component.split("/")[0]


program, corpus = sys.argv[1:]
print("| program | functions | told | std | crates, modules, own told | lost |\n| --- | --- | --- | --- | --- | --- |")
for row in sorted(rows(os.path.join(corpus, "manifest.tsv")), key=lambda row: row["id"]):
    standard = STANDARD.get(row.get("language"))
    if standard is None:
        continue
    found, own = told(program, os.path.join(corpus, "stripped", row["family"], row["id"]))
    known = {address: component for address, component in truth(os.path.join(corpus, "functions", row["family"], f"{row['id']}.tsv.gz")).items() if address in found}
    of_std = [found[address] for address, component in known.items() if component == "runtime"]
    others = [found[address] for address, component in known.items() if component != "runtime"]
    # Go's truth has packages of the standard library as components
    if row["language"] == "go":
        others = [component for component in others if component != standard]
    share = lambda part, whole: f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")
    lost = [component for component in others if component and not is_named(component, own)]
    print(f"| {row['id']} | {len(known)} | {share(sum(map(bool, [*of_std, *others])), len(of_std) + len(others))} | {share(of_std.count(standard), len(of_std))} "
          f"| {share(sum(1 for it in others if it and is_named(it, own)), len(others))} | {share(len(lost), len(others))} |")
