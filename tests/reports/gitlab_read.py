"""Checks a report against what GitLab's secret detection schema 15.0.7 asks for. The schema itself is not ours to store: these
are its required fields, types and limits, in our own words."""
import json
import sys

from jsonschema import Draft7Validator

text = {"type": "string", "minLength": 1}
program = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": text, "name": text, "version": text, "vendor": {"type": "object", "required": ["name"]}},
}
moment = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
address = {"type": "string", "pattern": "^(https?|ftp)://.+"}
detail = {
    "type": "object",
    "required": ["name", "type"],
    "oneOf": [
        {"properties": {"type": {"const": "text"}, "value": {"type": "string"}}, "required": ["value"]},
        {"properties": {"type": {"const": "url"}, "href": text}, "required": ["href"]},
    ],
}
schema = {
    "type": "object",
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"const": "15.0.7"},
        "scan": {
            "type": "object",
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": program,
                "scanner": program,
                "start_time": moment,
                "end_time": moment,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "secret_detection"},
                "messages": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": text},
                    },
                },
            },
        },
        "vulnerabilities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": text,
                    "name": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1048576},
                    "solution": {"type": "string", "maxLength": 7000},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "identifiers": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["type", "name", "value"],
                            "properties": {"type": text, "name": text, "value": text, "url": address},
                        },
                    },
                    "links": {"type": "array", "items": {"type": "object", "required": ["url"], "properties": {"url": address}}},
                    "details": {"type": "object", "additionalProperties": detail},
                    "location": {
                        "type": "object",
                        "required": ["commit"],
                        "properties": {
                            "file": {"type": "string"},
                            "start_line": {"type": "number"},
                            "end_line": {"type": "number"},
                            "commit": {"type": "object", "required": ["sha"], "properties": {"sha": text, "date": {"type": "string"}}},
                        },
                    },
                    "raw_source_code_extract": {"type": "string"},
                },
            },
        },
    },
}
Draft7Validator.check_schema(schema)
for name in sys.argv[1:]:
    document = json.load(open(name, encoding="utf-8"))
    errors = [error.message for error in Draft7Validator(schema).iter_errors(document)]
    assert not errors, errors[:5]
    ids = [one["id"] for one in document["vulnerabilities"]]
    assert ids and len(ids) == len(set(ids))
    print(f"{len(ids)} vulnerabilities", end="; ")
