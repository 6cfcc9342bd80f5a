"""Checks STIX bundles, MISP events and CycloneDX documents with the programs that others read them with.

    python tools/check_products.py DIR_OR_FILES...

Files are told apart by their content, so any names will do. The packages live
in a virtual environment outside the tree:

    python3 -m venv ~/venv-products
    ~/venv-products/bin/pip install stix2==3.0.2 stix2-validator==3.3.2 pymisp==2.5.34.4 'cyclonedx-python-lib[json-validation]'
    ~/venv-products/bin/python tools/check_products.py FILES

Nothing is fetched at run time: the schemas come with the packages.

A STIX bundle passes when
  * stix2-validator reports no error, and no warning but two: identifiers are UUIDv5
    and not UUIDv4 on purpose, so that a second export updates the first (STIX 2.1
    section 2.9 foresees both); and a cited page has a URL but no hash, because
    nothing was fetched to hash it;
  * stix2 parses every object with allow_custom=False, and what it serialises is
    what it was given, but for idle milliseconds;
  * our extension holds what its schema in the tree says;
  * every reference leads to an object of the bundle, but that of a revoked relationship to
    its target, and no identifier repeats;
  * observables have the identifiers that stix2 computes for them;
  * no `attributed-to` and no `originates-from` stands that is not revoked and of which our extension does not
    say that it is established, with a 5th percentile above one half; no actor and no
    country is in the bundle but as its target; no probability stands in `confidence`;
  * a file is `related-to` a family only by a verdict that names it.

A MISP event passes when pymisp loads it under strict validation and gives back
every attribute, tag and report unchanged, and every type fits its category.

A CycloneDX document passes when it fits the published schema of its version, strictly.

Prints one line a file; exits 1 if any failed.
"""

import collections
import contextlib
import io
import json
import pathlib
import sys
import tempfile
from importlib.metadata import version

import jsonschema
import stix2
import stix2validator
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pymisp import MISPEvent

EXTENSION = "extension-definition--96444bc9-d14c-461b-b68e-a26d7f5e0e51"
SCHEMA = jsonschema.Draft202012Validator(json.loads(
    (pathlib.Path(__file__).parent.parent / "docs/stix-extension.schema.json").read_text()
))
CONFIDENCES = {"low": 15, "moderate": 50, "high": 85}
BANDS = {"low", "moderate", "high"}
LIKELIHOODS = {
    "almost-no-chance", "very-unlikely", "unlikely", "roughly-even-chance",
    "likely", "very-likely", "almost-certain",
}
# The values that each taxonomy of MISP publishes, for the namespaces we use.
TAXONOMY = {
    "estimative-language:likelihood-probability": LIKELIHOODS,
    "estimative-language:confidence-in-analytic-judgment": BANDS,
    "admiralty-scale:source-reliability": set("abcdef"),
    "admiralty-scale:information-credibility": set("123456"),
}
# Verdicts of `match` that name somebody.
NAMING = {"known-file", "near-copy", "related"}
TLP = {"tlp:clear", "tlp:green", "tlp:amber", "tlp:amber+strict", "tlp:red"}


def references(value):
    """Every identifier that an object points at."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("_ref") and isinstance(inner, str):
                yield inner
            elif key.endswith("_refs") and isinstance(inner, list):
                yield from inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def idle(value):
    """The same without milliseconds that are zero."""
    return json.loads(json.dumps(value).replace(":00.000Z", ":00Z"))


def extension_faults(objects):
    for one in objects:
        ours = one.get("extensions", {}).get(EXTENSION)
        if ours is not None:
            error = jsonschema.exceptions.best_match(SCHEMA.iter_errors(ours))
            if error is not None:
                yield f"{one['id']}: {error.json_path}: {error.message[:200]}"


def validator_messages(text):
    """Errors and warnings of the reference validator."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        result = stix2validator.validate_string(text, stix2validator.ValidationOptions(version="2.1"))
    return [str(one) for one in result.errors], [str(one) for one in result.warnings]


def attribution_faults(objects):
    """What an attribution or a `confidence` must not do."""
    attributions = ("attributed-to", "originates-from")
    stated = [one for one in objects if one.get("relationship_type") in attributions and not one.get("revoked")]
    targets = {one["target_ref"] for one in stated}
    for one in objects:
        ours = one.get("extensions", {}).get(EXTENSION, {})
        if one in stated and (ours.get("established") is not True or not ours.get("percentile_5", 0) > 0.5):
            yield f"{one['id']}: {one['relationship_type']} for what is not established"
        if one["type"] in ("intrusion-set", "threat-actor", "location") and one["id"] not in targets:
            yield f"{one['id']}: an actor to whom nothing is attributed"
        if one.get("relationship_type") == "related-to" and ours.get("verdict") not in NAMING:
            yield f"{one['id']}: a relation that no verdict names"
        if "confidence" in one and one["confidence"] != CONFIDENCES.get(ours.get("confidence_level")):
            yield f"{one['id']}: `confidence` is not the confidence level"


def observable_faults(objects):
    for one in objects:
        if one["type"] in ("file", "domain-name", "ipv4-addr", "ipv6-addr", "url"):
            content = {key: value for key, value in one.items() if key not in ("id", "object_marking_refs")}
            own = stix2.parse(content, version="2.1").id
            if own != one["id"]:
                yield f"{one['id']}: stix2 calls it {own}"


def check_stix(text):
    """Faults of a bundle, and a line on what it holds."""
    bundle = json.loads(text)
    objects = bundle["objects"]
    errors, warnings = validator_messages(text)
    faults = [f"validator: {error}" for error in errors]
    expected = [one for one in warnings if "not a valid UUIDv4" in one or "has a URL but no hash" in one]
    faults += [f"validator warning: {one}" for one in warnings if one not in expected]
    try:
        parsed = stix2.parse(bundle, allow_custom=False)
        if idle(json.loads(parsed.serialize())) != idle(bundle):
            faults.append("stix2 gives back something else")
    except Exception as error:  # whatever the library raises is a fault
        faults.append(f"stix2: {type(error).__name__}: {str(error)[:300]}")
    ids = [one["id"] for one in objects]
    faults += [f"twice: {one}" for one, count in collections.Counter(ids).items() if count > 1]
    held = set(ids)
    revoked = {one["target_ref"] for one in objects if one.get("revoked")}
    faults += [f"dangling: {one}" for one in sorted(set(references(objects)) - held - revoked)]
    faults += list(extension_faults(objects)) + list(attribution_faults(objects)) + list(observable_faults(objects))
    attributed = [one for one in objects if one.get("relationship_type") == "attributed-to"]
    line = (
        f"STIX: {len(objects)} objects, {len(errors)} errors, {len(warnings)} warnings "
        f"({len(expected)} of them as expected), {len(attributed)} attributed-to"
    )
    return faults, line


def tag_faults(tags):
    for tag in tags:
        name, equals, value = tag.partition("=")
        if name.startswith(("estimative-language:", "admiralty-scale:")):
            if value.strip('"') not in TAXONOMY.get(name, ()):
                yield f"no such tag: {tag}"
        elif name.startswith("tlp:") and tag not in TLP:
            yield f"no such marking: {tag}"
        elif name.startswith("misp-galaxy:") and not (equals and value.startswith('"') and value.endswith('"')):
            yield f"no galaxy tag: {tag}"


def event_shape(attributes):
    """What must come back of every attribute."""
    return sorted(
        (one["uuid"], one["type"], one["category"], one["value"], one.get("comment", ""), bool(one["to_ids"]),
         tuple(tag["name"] for tag in one.get("Tag", [])))
        for one in attributes
    )


def check_misp(text):
    """Faults of an event, and a line on what it holds."""
    event = json.loads(text)["Event"]
    faults = []
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        loaded = MISPEvent(strict_validation=True)
        try:
            loaded.load_file(file.name)
        except Exception as error:  # whatever the library raises is a fault
            return [f"pymisp: {type(error).__name__}: {str(error)[:300]}"], "MISP: not loaded"
    back = json.loads(loaded.to_json())
    if event_shape(back.get("Attribute", [])) != event_shape(event["Attribute"]):
        faults.append("pymisp gives back other attributes")
    if [tag.name for tag in loaded.tags] != [tag["name"] for tag in event["Tag"]]:
        faults.append("pymisp gives back other tags")
    if [one.content for one in loaded.event_reports] != [one["content"] for one in event["EventReport"]]:
        faults.append("pymisp gives back other reports")
    if loaded.uuid != event["uuid"] or loaded.info != event["info"]:
        faults.append("pymisp gives back another event")
    for one in event.get("Object", []):
        found = loaded.get_object_by_uuid(one["uuid"])
        if event_shape(json.loads(found.to_json())["Attribute"]) != event_shape(one["Attribute"]):
            faults.append(f"{one['uuid']}: pymisp gives back another object")
    mapping = loaded.describe_types["category_type_mappings"]
    attributes = event["Attribute"] + [inner for one in event.get("Object", []) for inner in one["Attribute"]]
    faults += [
        f"{one['uuid']}: {one['type']} is no type of {one['category']}"
        for one in attributes
        if one["type"] not in mapping.get(one["category"], [])
    ]
    ids = [one["uuid"] for one in attributes]
    if len(ids) != len(set(ids)):
        faults.append("an attribute's uuid stands twice")
    tags = [tag["name"] for holder in [event, *attributes] for tag in holder.get("Tag", [])]
    faults += list(tag_faults(tags))
    galaxy = [tag for tag in tags if tag.startswith("misp-galaxy:")]
    line = f"MISP: {len(ids)} attributes, {len(tags)} tags, {len(event['EventReport'])} report, galaxy tags: {', '.join(galaxy) or 'none'}"
    return faults, line


def files_of(arguments):
    for argument in map(pathlib.Path, arguments):
        yield from sorted(argument.rglob("*.json")) if argument.is_dir() else [argument]


def check_cyclonedx(text):
    content = json.loads(text)
    fault = JsonStrictValidator(SchemaVersion.from_version(content["specVersion"])).validate_str(text)
    parts = sum(len(file.get("components", [])) for file in content["components"])
    return [str(fault)] if fault else [], f"CycloneDX {content['specVersion']}: {len(content['components'])} files, {parts} components"


def main(arguments):
    if not arguments:
        print(__doc__)
        return 2
    packages = ("stix2-validator", "stix2", "pymisp", "cyclonedx-python-lib")
    print(", ".join(f"{package} {version(package)}" for package in packages))
    failed = 0
    for path in files_of(arguments):
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        check = check_misp if "Event" in content else check_stix if content.get("type") == "bundle" else None
        check = check_cyclonedx if content.get("bomFormat") == "CycloneDX" else check
        if check is None:
            continue
        faults, line = check(text)
        failed += bool(faults)
        print(f"{'FAILED' if faults else 'passed'} {path.name}: {line}")
        for fault in faults[:20]:
            print(f"    {fault}")
        if len(faults) > 20:
            print(f"    and {len(faults) - 20} more")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
