"""Reads SARIF with two libraries: one that summarises, one that checks every object against the model."""
import json
import sys

from sarif import loader
from sarif_pydantic import Sarif

for name in sys.argv[1:]:
    document = json.load(open(name, encoding="utf-8"))
    Sarif.model_validate(document)
    read = loader.load_sarif_file(name)
    count = read.get_result_count()
    run = document["runs"][0]
    assert count == len(run["results"]) > 0, count
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        uri = location["artifactLocation"]["uri"]
        assert uri and not uri.startswith("/") and " " not in uri and location["region"]["startLine"] >= 1, uri
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    for rule in rules:
        assert rule["help"]["markdown"] and 0 < float(rule["properties"]["security-severity"]) <= 10
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(prints) == len(set(prints)), "two results have one fingerprint"
    print(f"{count} results of {len(rules)} rules", end="; ")
