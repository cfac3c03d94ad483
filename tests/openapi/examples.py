"""Holds each example in the document, which is named on the command line, against its schema; tells those that do not fit."""

import json
import sys

from openapi_schema_validator import OAS31Validator, oas31_format_checker

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)


def media_types(value, place="#"):
    """All that has both a schema and examples, and where it is."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), (dict, bool)):
            yield place, value
        for name, member in value.items():
            if name not in ("example", "examples", "schemas"):
                yield from media_types(member, f"{place}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from media_types(item, f"{place}/{index}")


held, wrong = 0, 0
for place, media_type in media_types(document):
    examples = {name: example["value"] for name, example in media_type.get("examples", {}).items()}
    if "example" in media_type:
        examples["example"] = media_type["example"]
    # References in the schema are looked up in the document that it stands in.
    schema = {"schema": media_type["schema"], "components": document["components"], "$ref": "#/schema"}
    validator = OAS31Validator(schema, format_checker=oas31_format_checker)
    for name, example in examples.items():
        held += 1
        for error in validator.iter_errors(example):
            wrong += 1
            print(f"{place}: {name}: {error.json_path}: {error.message}")
print(f"{held} examples, {wrong} wrong")
sys.exit(wrong > 0 or held == 0)
