"""Measures keysweep against git and against other scanners, and writes docs/benchmarks.md.

    cargo build --release
    python3 benches/run.py --mirrors DIR --code DIR

DIR of --mirrors holds bare repositories as OWNER+NAME/repo; DIR of --code holds folders of plain code, and is filled
from `git archive HEAD` of the mirrors when it is empty. Needs Python 3.11, git, Linux, and PyPI the first time.
"""

import argparse
import datetime
import json
import os
import subprocess
from pathlib import Path

import cases
import peers
import table

ROOT = Path(__file__).resolve().parent.parent


def main():
    setup = _arguments()
    os.makedirs(setup.scratch, exist_ok=True)
    versions = peers.install(setup.venvs)
    versions["git"] = _said(["git", "--version"]).split()[-1]
    versions["keysweep"] = _said([setup.program, "--version"]).split()[1]
    # Our own commit, since the version moves less often than the figures do.
    versions["keysweep"] += " at " + _said(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"])
    machine = cases.machine()
    for name in setup.only:
        print(f"{name}:", flush=True)
        load = os.getloadavg()[0]
        measured = cases.CASES[name](setup)
        date = datetime.date.today().isoformat()
        said = ", ".join(f"{program} {version}" for program, version in versions.items())
        text = (f"{date}, {machine['cores']} cores of {machine['model']}, {machine['memory_gb']} GB, warm cache, "
                f"load {load:.1f} before the runs, niceness {os.nice(0)}. Versions: {said}.")
        if setup.write:
            table.write(ROOT / "docs" / "benchmarks.md", name, measured, text)
        out = ROOT / "target" / "bench" / f"{name}.json"
        os.makedirs(out.parent, exist_ok=True)
        document = {"date": date, "machine": machine, "load": load, "versions": versions, "tables": measured}
        out.write_text(json.dumps(document, indent=1))


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mirrors", required=True, type=os.path.abspath, help="bare repositories, OWNER+NAME/repo")
    parser.add_argument("--code", required=True, type=os.path.abspath, help="folders of plain code side by side")
    parser.add_argument("--venvs", type=os.path.abspath, default=ROOT / "target" / "bench" / "venvs", help="the peers' environments, made when missing")
    parser.add_argument("--scratch", type=os.path.abspath, default=ROOT / "target" / "bench" / "scratch", help="copies and generated inputs (some 10 GB for memory)")
    parser.add_argument("--program", type=os.path.abspath, default=ROOT / "target" / "release" / "keysweep")
    parser.add_argument("--repositories", default="rails/rails", help="whose history, OWNER/NAME,OWNER/NAME")
    parser.add_argument("--only", default=",".join(cases.CASES), help="cases, of: " + ",".join(cases.CASES))
    parser.add_argument("--runs", type=int, default=5, help="pairs a comparison")
    parser.add_argument("--staged-runs", type=int, default=50, help="pairs of the short commands")
    parser.add_argument("--slow-seconds", type=float, default=120, help="a peer slower than this gets one pair only")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave docs/benchmarks.md as it is")
    setup = parser.parse_args()
    setup.only = setup.only.split(",")
    setup.repositories = setup.repositories.split(",")
    for name in setup.only:
        if name not in cases.CASES:
            parser.error(f"no case {name}; there are: {', '.join(cases.CASES)}")
    return setup


def _said(command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
