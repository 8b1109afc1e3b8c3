"""Reads csv with Python's own reader, and jsonl with DuckDB and pandas, as docs/reports.md shows it."""
import csv
import json
import pathlib
import sys

import duckdb
import pandas

odd_csv, large_csv, odd_jsonl, large_jsonl = sys.argv[1:]
for table, lines in [(odd_csv, odd_jsonl), (large_csv, large_jsonl)]:
    rows = list(csv.reader(open(table, encoding="utf-8", newline=""), strict=True))
    findings = [json.loads(line) for line in open(lines, encoding="utf-8")]
    findings = [one for one in findings if one["type"] == "finding"]
    assert len(rows) == len(findings) + 1 > 1
    assert all(len(row) == len(rows[0]) for row in rows)
    for row, finding in zip(rows[1:], findings):
        cells = dict(zip(rows[0], row))
        assert cells["id"] == finding["id"] and cells["severity"] == finding["severity"]
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@")) and "\r" not in cell, cell

# The statements of the documentation, as they stand there.
page = (pathlib.Path(__file__).parents[2] / "docs/reports.md").read_text(encoding="utf-8")
statements = page.split("```sql\n")[1].split("```")[0].split(";")
found, places = [duckdb.sql(text.replace("found.jsonl", large_jsonl)).fetchall() for text in statements if text.strip()]
assert len(found) == 7 and sum(row[1] for row in found) == 300, found
assert len(places) == 23, places
frame = pandas.read_json(large_jsonl, lines=True)
frame = frame[frame.type == "finding"]
assert len(frame) == 300 and frame.exposed_days.max() == 399
print(f"{len(found)} issuers, {len(places)} authors")
