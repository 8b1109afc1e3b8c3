"""Writes what was measured as Markdown, between markers, one part a case: a run of one case leaves the others' parts."""

import re


def write(path, case, measured, setup_text):
    """Replaces the part of `case` in the document at `path`; the markers must be there already."""
    with open(path) as document:
        text = document.read()
    start, end = f"<!-- bench:{case} -->", f"<!-- /bench:{case} -->"
    if start not in text or end not in text:
        raise SystemExit(f"{path} has no markers {start} ... {end}")
    part = f"{start}\n{setup_text}\n\n" + "\n\n".join(_table(case, table) for table in measured) + f"\n{end}"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    with open(path, "w") as document:
        document.write(pattern.sub(lambda _: part, text))


def _table(case, table):
    header, row = _LAYOUTS[case]
    lines = [f"### {table['title']}", "", f"{table['input']}.", ""]
    lines += ["| " + " | ".join(header) + " |", "|" + "|".join("---" if n == 0 else "--:" for n in range(len(header))) + "|"]
    lines += ["| " + " | ".join(row(values)) + " |" for values in table["rows"]]
    commands = [f"- {values['name']}: `{values['shown']}`" for values in table["rows"] if "shown" in values]
    if commands:
        lines += ["", *commands]
    return "\n".join(lines)


def _compared(row):
    if "ratio" not in row:
        return [f"**{row['name']}**", _seconds(row["wall"]), "", _seconds(row["cpu"]), _megabytes(1024 * row["peak_rss_kb"]), "", "", ""]
    return [row["name"], _seconds(row["wall"]), _seconds(row["ours_wall"]), _seconds(row["cpu"]),
            _megabytes(1024 * row["peak_rss_kb"]), f"{row['ratio']:.2f} x", _verdict(row, "{} x"), str(row["runs"])]


def _staged(row):
    return [row["name"], f"{1000 * row['wall']:.1f} ms", f"{1000 * row['git']:.1f} ms", f"{row['over_ms']:+.1f} ms",
            _verdict(row, "at most {} ms"), str(row["runs"])]


def _memory(row):
    objects = f"{row['objects']:,}" if row["objects"] else ""
    return [row["name"], objects, _seconds(row["wall"]), _megabytes(row["anon"]), _megabytes(row["bound"]),
            "yes" if row["met"] else "**NO**", _megabytes(1024 * row["peak_rss_kb"])]


def _startup(row):
    cells = _compared(row)
    first = f"{1000 * row['first_finding']:.1f} ms" if "first_finding" in row else ""
    return [cells[0], f"{1000 * row['wall']:.1f} ms", first, cells[4], cells[5], cells[7]]


def _seconds(value):
    return f"{value:.2f} s"


def _megabytes(value):
    return f"{value / 1e6:.0f} MB"


def _verdict(row, wording):
    if "wanted" not in row:
        return ""
    return wording.format(row["wanted"]) + (": met" if row["met"] else ": **MISSED**")


_COMPARED = ["", "wall", "keysweep in the same pairs", "CPU (user + system)", "peak RSS (mapped files too)",
             "times keysweep's wall", "wanted", "pairs"]
_LAYOUTS = {
    "history": (_COMPARED, _compared),
    "tree": (_COMPARED, _compared),
    "staged": (["index", "keysweep", "git diff", "over git", "wanted", "pairs"], _staged),
    "memory": (["what", "objects", "wall", "peak RssAnon", "bound", "within", "peak RSS (mapped files too)"], _memory),
    "startup": (["", "whole command", "first finding", "peak RSS", "times keysweep's wall", "pairs"], _startup),
}
