"""Loads what `cognate case export` writes with the importers themselves.

    load.py misp FOLDER      misp-stix there and back, case-utils
    load.py opencti FOLDER   pycti

FOLDER holds, for each case and date, NAME.stix.json, NAME.misp.json, NAME.case-uco.json and NAME.json (what
`case assess --json` says), and of each answer of `match` NAME.match-stix.json, NAME.match-misp.json and NAME.match.json
(what `match --json` says), as `run.sh` makes them. Ends with 1 and a list of what is wrong.
Whether the documents fit their standards is checked by tools/check_products.py.
"""

import collections
import json
import pathlib
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
problems = []


def expect(holds, name, what):
    if not holds:
        problems.append(f"{name}: {what}")


def established(assessment):
    """The names of groups, and of sponsors, that may be stated."""

    def of(level):
        return {one["candidate"] for one in assessment["claims"] if one["level"] == level and one["established"]}

    groups, sponsors = of("group"), of("sponsor")
    names = {one["name"] for one in assessment["candidates"] if one["id"] in groups}
    return names | {one["sponsor"] for one in assessment["candidates"] if one["id"] in sponsors}


def messages(parser):
    kinds = collections.Counter()
    for found in (parser.errors, parser.warnings):
        for listed in found.values():
            kinds.update(listed)
    return dict(kinds)


def stix(name, bundle, groups):
    import stix2
    from misp_stix_converter import ExternalSTIX2toMISPParser

    kinds = collections.Counter(one["type"] for one in bundle["objects"])
    expect(kinds["report"] == 1 and not kinds["grouping"], name, f"objects {dict(kinds)}")
    parser = ExternalSTIX2toMISPParser()
    parser.load_stix_bundle(stix2.parse(json.dumps(bundle), allow_custom=False))
    parser.parse_stix_bundle()
    expect(not messages(parser), name, f"misp-stix: {messages(parser)}")
    events = getattr(parser, "misp_events", None) or [parser.misp_event]
    events = events if isinstance(events, list) else [events]
    expect(len(events) == 1, name, f"misp-stix makes {len(events)} events")
    clusters = {(g.type, c.value) for event in events for g in event.galaxies for c in g.clusters}
    actors = {value for kind, value in clusters if not kind.endswith(("campaign", "malware"))}
    expect(actors <= groups, name, f"misp-stix tags {actors - groups}, established {groups}")
    notes = sum(len(getattr(event, "notes", [])) for event in events)
    expect(notes == kinds["note"], name, f"{notes} notes of {kinds['note']} arrive")
    wanted = kinds["file"] + kinds["domain-name"] + kinds["url"] + kinds["ipv4-addr"] + kinds["ipv6-addr"]
    arrived = sum(len(event.attributes) + len(event.objects) for event in events)
    expect(arrived == wanted, name, f"{arrived} of {wanted} artefacts arrive")


def misp(name, event, groups):
    from misp_stix_converter import InternalSTIX2toMISPParser, MISPtoSTIX21Parser
    from pymisp import MISPEvent

    loaded = MISPEvent()
    loaded.from_dict(**event["Event"])
    expect(len(loaded.attributes) == len(event["Event"]["Attribute"]), name, "pymisp loses attributes")
    expect(len(loaded.event_reports) == 1, name, "pymisp finds no event report")
    tags = [tag.name for tag in loaded.tags]
    actors = [tag for tag in tags if tag.startswith("misp-galaxy")]
    expect(bool(groups) or not actors, name, f"pymisp tags {actors}, and nobody is established")
    expect(sum(tag.startswith("tlp:") for tag in tags) == 1, name, f"tags {tags}")

    out = MISPtoSTIX21Parser()
    out.parse_misp_event(loaded)
    # A text of no other type goes as MISP's own custom object, and comes back as a text.
    found = {one for one in messages(out) if one != "MISP Attribute type text not mapped."}
    expect(not found, name, f"MISP to STIX: {found}")
    back = InternalSTIX2toMISPParser()
    back.load_stix_bundle(out.bundle)
    back.parse_stix_bundle()
    expect(not messages(back), name, f"MISP to STIX and back: {messages(back)}")
    expect(len(back.misp_event.attributes) == len(loaded.attributes), name, "attributes lost between MISP and STIX")


def named(document):
    """The families of malware that verdicts name."""
    found = set()
    for report in (answer["report"] for answer in document["answers"]):
        known = report["query"]["known"]
        kinds = {one["family"]: one["kind"] for one in report["families"]}
        if known and report["outcome"]["verdict"] == "known-file":
            kinds[known["label"]["family"]] = known["label"]["kind"]
        found |= {name for name in report["outcome"]["named"] if kinds.get(name) == "malware"}
    return found


def match(name, bundle, event, families):
    import stix2
    from misp_stix_converter import ExternalSTIX2toMISPParser
    from pymisp import MISPEvent

    of = collections.Counter(one["type"] for one in bundle["objects"])
    objects = {one["name"] for one in bundle["objects"] if one["type"] == "malware"}
    expect(objects == families, name, f"objects {objects}, named {families}")
    expect(not of["intrusion-set"] and not of["threat-actor"] and not of["campaign"], name, f"objects {dict(of)}")
    parser = ExternalSTIX2toMISPParser()
    parser.load_stix_bundle(stix2.parse(json.dumps(bundle), allow_custom=False))
    parser.parse_stix_bundle()
    expect(not messages(parser), name, f"misp-stix: {messages(parser)}")
    clusters = {c.value for g in parser.misp_event.galaxies for c in g.clusters}
    clusters |= {c.value for a in parser.misp_event.attributes for g in a.galaxies for c in g.clusters}
    expect(clusters <= families, name, f"misp-stix tags {clusters}, named {families}")

    loaded = MISPEvent()
    loaded.from_dict(**event["Event"])
    tags = {tag.name for one in loaded.objects for inner in one.attributes for tag in inner.tags}
    tags |= {tag.name for inner in loaded.attributes for tag in inner.tags}
    expect(tags == {f'cognate:shares-code-with="{one}"' for one in families}, name, f"pymisp tags {tags}")
    expect(not loaded.tags and len(loaded.event_reports) == 1, name, "the event itself bears tags, or no report")
    expect(len(loaded.objects) == of["file"], name, f"{len(loaded.objects)} files of {of['file']} arrive")


def case_uco(paths):
    tool = pathlib.Path(sys.executable).with_name("case_validate")
    run = subprocess.run([tool, *map(str, paths)], capture_output=True, text=True)
    said = (run.stdout + run.stderr)[-2000:]
    expect(run.returncode == 0 and "Conforms: True" in run.stdout and "Warning" not in said, "case_validate", said)


def arrives(name, bundle):
    """The objects of a bundle as OpenCTI takes them in."""
    from pycti import OpenCTIStix2Splitter

    number, refused, parts = OpenCTIStix2Splitter().split_bundle_with_expectations(json.dumps(bundle))
    expect(not refused, name, f"OpenCTI refuses {[one['id'] for one in refused][:3]}")
    expect(number == len(bundle["objects"]) == len(parts), name, f"{number} of {len(bundle['objects'])} objects arrive")
    return [one for part in parts for one in json.loads(part)["objects"]]


def opencti(name, bundle):
    kinds = collections.Counter(one["type"] for one in bundle["objects"])
    objects = arrives(name, bundle)
    for one in objects:
        if one["type"] in ("note", "report"):
            expect(one["object_refs"], name, f"{one['id']} is about nothing any more")
        if one["type"] == "note" and "claim" in one.get("labels", []):
            # of a sponsor whom the prior alone makes likely no likelihood is told
            on_prior = any(part.get("sponsor_rests_on") for part in one["extensions"].values())
            expect(one["note_types"], name, f"{one['id']} has no type")
            expect(on_prior == ("likelihood" not in one), name, f"{one['id']}: a likelihood on the prior, or none")
            expect(on_prior or 1 <= one["likelihood"] <= 99, name, f"{one['id']} has a likelihood out of range")
    report = next(one for one in objects if one["type"] == "report")
    content = report["extensions"]["extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"]["content"]
    expect(content.startswith("<") and kinds["report"] == 1, name, "the report has no main text")


def main():
    which, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    names = sorted(path.name.removesuffix(".stix.json") for path in folder.glob("*.stix.json"))
    matches = sorted(path.name.removesuffix(".match-stix.json") for path in folder.glob("*.match-stix.json"))
    read = lambda name, kind: json.loads((folder / f"{name}{kind}.json").read_text())
    for name in names:
        bundle = read(name, ".stix")
        if which == "opencti":
            opencti(name, bundle)
            continue
        groups = established(read(name, ""))
        stix(name, bundle, groups)
        misp(name, read(name, ".misp"), groups)
    for name in matches:
        bundle = read(name, ".match-stix")
        if which == "opencti":
            arrives(name, bundle)
        else:
            match(name, bundle, read(name, ".match-misp"), named(read(name, ".match")))
    if which == "misp":
        case_uco(sorted(folder.glob("*.case-uco.json")))
    for problem in problems[:40]:
        print(problem)
    print(f"{which}: {len(names) + len(matches)} exports loaded, {len(problems)} problems")
    sys.exit(bool(problems) or not names or not matches)


main()
