"""Draws docs/scan.svg, the picture in the README: what `keysweep scan` prints for a small invented repository.

    python3 benches/picture.py PROGRAM

The keys are made here, from a fixed seed, and stand nowhere else: the picture shows them masked.
"""

import html
import os
import random
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COLUMNS = 80
# Width of a letter and height of a line, in pixels.
LETTER, LINE, EDGE = 8.4, 19, 18
STYLE = (
    'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#dfe2e7;white-space:pre}'
    ".b{font-weight:bold}.d{fill:#8b949e}.r{fill:#ff7b72}.y{fill:#f2cc60}.g{fill:#7ee787}.c{fill:#79c0ff}.m{fill:#d2a8ff}"
)
COLOURS = {31: "r", 91: "r", 32: "g", 92: "g", 33: "y", 93: "y", 35: "m", 95: "m", 34: "c", 94: "c", 36: "c", 96: "c",
           90: "d", 2: "d", 1: "b"}


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        repository(Path(folder))
        said = scan(program, folder)
    target = Path(__file__).resolve().parent.parent / "docs" / "scan.svg"
    target.write_text(drawn(said.rstrip("\n").split("\n")))
    print(f"{target.name}: {said.count(chr(10))} lines")


def repository(folder):
    """A history of three people, with three keys in it: one in use, one thought to be gone, one in a comment."""
    rand = random.Random(7)
    commit = committer(folder)
    commit("2024-03-04T09:12:00Z", "Lena", "Deploy by workflow", {
        ".github/workflows/deploy.yml": "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n"
                                        f"      GITHUB_TOKEN: {github(rand)}\n",
    })
    commit("2025-01-20T16:40:00Z", "Tomas", "Charge cards", {
        "billing/settings.py": f'STRIPE_KEY = "{"sk_" + "live_"}{letters(rand, 99)}"\nCURRENCY = "EUR"\n',
    })
    commit("2025-01-21T08:05:00Z", "Tomas", "Read the key from the environment", {
        "billing/settings.py": 'import os\nSTRIPE_KEY = os.environ["STRIPE_KEY"]\nCURRENCY = "EUR"\n',
    })
    commit("2025-11-02T11:30:00Z", "Ada", "Report to the team", {
        "ops/notify.sh": f'curl -X POST -d "$1" https://hooks.{"slack"}.com/services/T{upper(rand, 8)}/B{upper(rand, 8)}/{letters(rand, 24)}\n',
    })


def committer(folder):
    def git(*args, **env):
        subprocess.run(["git", "-C", folder, *args], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **env})

    git("init", "-q", "-b", "main")

    def commit(date, author, subject, files):
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git("add", "-A")
        mail = f"{author.lower()}@example.com"
        git("commit", "-q", "-m", subject, GIT_AUTHOR_NAME=author, GIT_AUTHOR_EMAIL=mail, GIT_AUTHOR_DATE=date,
            GIT_COMMITTER_NAME=author, GIT_COMMITTER_EMAIL=mail, GIT_COMMITTER_DATE=date)

    return commit


def letters(rand, count):
    return "".join(rand.choice(DIGITS) for _ in range(count))


def upper(rand, count):
    return "".join(rand.choice(DIGITS[:36]) for _ in range(count))


def github(rand):
    """A token with its checksum: CRC-32 in six digits of base 62."""
    body = letters(rand, 30)
    check, rest = "", zlib.crc32(body.encode())
    for _ in range(6):
        check, rest = DIGITS[rest % 62] + check, rest // 62
    return "ghp_" + body + check


def scan(program, folder):
    env = {**os.environ, "CLICOLOR_FORCE": "1", "COLUMNS": str(COLUMNS), "HOME": folder}
    env.pop("NO_COLOR", None)
    done = subprocess.run([program, "scan", "--no-progress"], cwd=folder, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode != 1:
        sys.exit(f"the scan ended with {done.returncode}")
    return done.stdout.decode()


def drawn(lines):
    width, height = int(COLUMNS * LETTER + 2 * EDGE), LINE * len(lines) + 2 * EDGE
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
           'aria-label="Output of keysweep scan: three findings and a summary">', f"<style>{STYLE}</style>",
           f'<rect width="{width}" height="{height}" rx="8" fill="#16181d"/>']
    for number, line in enumerate(lines):
        out.extend(pieces(line, EDGE + LINE * number + 13))
    return "\n".join([*out, "</svg>", ""])


def pieces(line, y):
    """Runs of one look, without the spaces around them: each is set to its width, so that any font keeps the columns."""
    column, look = 0, set()
    line = re.sub(r"\x1b]8;[^\x1b]*\x1b\\", "", line)
    for code, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
        if not text:
            for number in map(int, filter(None, (code or "0").split(";"))):
                look = set() if number == 0 else look | {COLOURS[number]} if number in COLOURS else look
            continue
        for part in re.finditer(r"\S+(?: \S+)*", text):
            run, at = part.group(), column + part.start()
            kind = f' class="{" ".join(sorted(look))}"' if look else ""
            yield (f'<text x="{EDGE + at * LETTER:.1f}" y="{y}" textLength="{len(run) * LETTER:.1f}"{kind}>'
                   f"{html.escape(run, quote=False)}</text>")
        column += len(text)


if __name__ == "__main__":
    main()
