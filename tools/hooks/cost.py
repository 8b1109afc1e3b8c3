"""What the hooks cost: the same commit and the same push with and without them, in turn, 50 times; the medians, and the median of
the differences, by the clock and in processor time (which other work on the machine disturbs less).

    python3 tools/hooks/cost.py target/release/keysweep [FOLDER]

Makes repositories of 5,000 and of 100,000 files, and one of 100,000 commits, with git fast-import in FOLDER (a temporary one otherwise).
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 50
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
}


def git(folder, *arguments, **more):
    return subprocess.run(["git", *arguments], cwd=folder, env={**ENVIRONMENT, "HOME": str(folder)}, check=True, capture_output=True, **more)


def repository(folder, files, commits):
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    stream = []
    for number in range(commits):
        date = 1_600_000_000 + number
        stream.append(f"commit refs/heads/main\ncommitter a <a@example.com> {date} +0000\ndata 2\nx\n")
        for file in range(files) if number == 0 else [number % files]:
            text = f"value_{file} = {number}\n"
            stream.append(f"M 100644 inline d{file % 97}/e{file % 31}/f{file}.py\ndata {len(text)}\n{text}\n")
    git(folder, "fast-import", "--quiet", input="".join(stream).encode())
    git(folder, "reset", "-q", "--hard")
    git(folder, "gc", "-q")
    return folder


def timed(folder, *arguments):
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    began, before = time.perf_counter(), used()
    git(folder, *arguments)
    return (time.perf_counter() - began) * 1000, (used() - before) * 1000


def pairs(without, with_it):
    """Medians of both, in turn, the first of each pair changing."""
    times = ([], [])
    for number in range(ROUNDS):
        order = [(0, without), (1, with_it)] if number % 2 else [(1, with_it), (0, without)]
        for which, act in order:
            times[which].append(act())
    def median(clock):
        without, with_it = ([time[clock] for time in side] for side in times)
        gap = statistics.median(after - before for before, after in zip(without, with_it))
        return statistics.median(without), statistics.median(with_it), gap

    return median(0), median(1)


def commit(folder, hooks):
    def act():
        file = folder / "d0/e0/f0.py"
        file.write_text(f"value = {time.time_ns()}\n")
        git(folder, "add", "d0/e0/f0.py")
        return timed(folder, "-c", f"core.hooksPath={hooks}", "commit", "-q", "-m", "x")
    return act


def push(folder, hooks):
    remote = folder.with_suffix(".remote")
    if not remote.exists():
        git(folder, "clone", "-q", "--bare", "--shared", str(folder), str(remote))
        git(folder, "remote", "add", "origin", str(remote))
        git(folder, "fetch", "-q", "origin")

    def act():
        for _ in range(10):
            (folder / "d0/e0/f0.py").write_text(f"value = {time.time_ns()}\n")
            git(folder, "-c", "core.hooksPath=/nonexistent", "commit", "-q", "-a", "-m", "x")
        return timed(folder, "-c", f"core.hooksPath={hooks}", "push", "-q", "origin", "main")
    return act


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    none = folder / "none"
    none.mkdir(parents=True, exist_ok=True)
    for name, files, commits in [("files-5000", 5_000, 2), ("files-100000", 100_000, 2), ("commits-100000", 500, 100_000)]:
        repo = repository(folder / name, files, commits)
        subprocess.run([program, "hook", "install"], cwd=repo, check=True, capture_output=True)
        hooks = repo / ".git/hooks"
        for what, act in [("commit", commit), ("push of 10 commits", push)]:
            for clock, (without, with_it, gap) in zip(["clock", "processor"], pairs(act(repo, none), act(repo, hooks))):
                print(f"{name:15} {what:20} {clock:10} without {without:6.1f}  with {with_it:6.1f}  more {gap:5.1f} ms", flush=True)


main()
