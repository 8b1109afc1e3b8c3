"""Runs one command and says what it cost; and compares two commands in pairs.

Pairs (A B A B ...) because a shared machine is faster in one minute and slower in the next: what two neighbours
in time say of each other holds, what two blocks of runs say of each other may not.
"""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

SAMPLE_SECONDS = 0.005


@dataclass
class Command:
    """What is run: `shown` is how the table writes it, without this machine's paths."""

    name: str
    argv: list
    shown: str
    cwd: str = None
    ok_codes: tuple = (0, 1)


@dataclass
class Sample:
    """One run. Seconds, and kB for memory; `cpu` counts the children that the command waited for."""

    wall: float
    cpu: float
    peak_rss_kb: int
    code: int
    rss_anon_kb: int = 0
    first_finding: float = None


class Failed(Exception):
    """A command that ended as it should not: its time means nothing."""


def run(command, watch_memory=False, until=None):
    """Runs once with output to nowhere. `until` (bytes) asks when a line with these bytes came on standard output."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if until else subprocess.DEVNULL,
            stderr=errors,
        )
        anon = _AnonWatch(child.pid) if watch_memory else None
        first = _first_line(child.stdout, until, start) if until else None
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if anon:
            anon.stop()
        if child.returncode not in command.ok_codes:
            errors.seek(0)
            tail = errors.read()[-2000:].decode(errors="replace")
            raise Failed(f"{command.name} ended with {child.returncode}: {tail}")
    return Sample(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_rss_kb=usage.ru_maxrss,
        code=child.returncode,
        rss_anon_kb=anon.peak_kb if anon else 0,
        first_finding=first,
    )


def _first_line(stream, wanted, start):
    first = None
    for line in stream:
        if first is None and wanted in line:
            first = time.perf_counter() - start
    return first


class _AnonWatch:
    """Looks at RssAnon of a process every 5 ms: anonymous memory only, the mapped pack is the page cache's."""

    def __init__(self, pid):
        self.peak_kb = 0
        self._path = f"/proc/{pid}/status"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self):
        self._ended.set()
        self._thread.join()

    def _look(self):
        while not self._ended.wait(SAMPLE_SECONDS):
            try:
                with open(self._path) as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            self.peak_kb = max(self.peak_kb, int(line.split()[1]))
            except (FileNotFoundError, ProcessLookupError):
                return


def pairs(ours, theirs, runs, slow_seconds=None):
    """A warm-up of each, then `runs` pairs. A peer whose warm-up took above `slow_seconds` gets a single pair."""
    run(ours)
    if run(theirs).wall > (slow_seconds or float("inf")):
        runs = 1
    left, right = [], []
    for _ in range(runs):
        left.append(run(ours))
        right.append(run(theirs))
    return left, right


def alone(command, runs):
    """A warm-up, then `runs` runs of one command: for a peer when there is nothing to compare it with."""
    run(command)
    return [run(command) for _ in range(runs)]


def median(samples, what):
    """The median of one field over the runs."""
    return statistics.median(getattr(sample, what) for sample in samples)


def ratio(left, right, what="wall"):
    """How many times more the right one costs: the median of the pairs' own ratios."""
    return statistics.median(getattr(b, what) / getattr(a, what) for a, b in zip(left, right))


def difference_ms(left, right):
    """How many milliseconds the left one takes more than the right one, median of the pairs."""
    return 1000 * statistics.median(a.wall - b.wall for a, b in zip(left, right))
