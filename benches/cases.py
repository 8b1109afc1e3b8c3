"""The measurements themselves. Each case gives rows for its table; a row is a dict of plain values."""

import os
import platform

import generated
import inputs
from measure import Command, difference_ms, median, pairs, ratio, run
from peers import PEERS

MIB = 1 << 20
FIXED_BYTES = 100_000_000
BYTES_AN_OBJECT = 64
MAX_SIZE = 50 * MIB


def keysweep(setup, *options, target=None, cwd=None, ok_codes=(0, 1, 3)):
    """Our program with these options; the target is not shown."""
    shown = " ".join(["keysweep", *options, *(["REPO" if "--tree-only" not in options else "CODE"] if target else [])])
    return Command(
        name="keysweep",
        argv=[setup.program, *options, *([str(target)] if target else [])],
        shown=shown,
        cwd=cwd,
        ok_codes=ok_codes,
    )


def history(setup):
    """The whole history of the named mirrors against git reading the same objects, and against each peer."""
    tables = []
    for name in setup.repositories:
        repo, absent = inputs.prepare_mirror(setup.mirrors, name, setup.scratch)
        size = inputs.repository_size(repo)
        ours = keysweep(setup, "scan", "--history-only", target=repo)
        reading = Command(
            name="git cat-file",
            argv=["git", "-C", repo, "cat-file", "--batch-all-objects", "--unordered", "--batch"],
            shown="git -C REPO cat-file --batch-all-objects --unordered --batch",
        )
        others = [reading] + [peer.command(setup.venvs, "history", repo) for peer in PEERS]
        rows = _against(setup, ours, others, wanted={"git cat-file": 3, "fastest peer": 6})
        tables.append({
            "title": f"History of {name}",
            "input": f"{size['commits']:,} commits, {size['objects']:,} objects, {size['pack_bytes'] / 1e6:.0f} MB of packs, "
                     f"{absent} absent blobs replaced by placeholders",
            "rows": rows,
        })
    return tables


def tree(setup):
    """Plain code, no repository around it."""
    files, size = inputs.prepare_code(setup.code, setup.mirrors, setup.scratch)
    ours = keysweep(setup, "scan", "--tree-only", target=setup.code)
    others = [peer.command(setup.venvs, "tree", setup.code) for peer in PEERS]
    rows = _against(setup, ours, others, wanted={"fastest peer": 6})
    return [{
        "title": "Tree of plain code",
        "input": f"{files:,} files, {size / 1e6:.0f} MB: {', '.join(sorted(os.listdir(setup.code)))}",
        "rows": rows,
    }]


def _against(setup, ours, others, wanted):
    rows, all_ours = [], []
    for other in others:
        left, right = pairs(ours, other, setup.runs, setup.slow_seconds)
        all_ours += left
        rows.append(_row(other, right, ratio=ratio(left, right), ours_wall=median(left, "wall")))
        print(f"  {other.name}: {rows[-1]['wall']:.2f} s, keysweep {rows[-1]['ours_wall']:.2f} s, ratio {rows[-1]['ratio']:.2f}",
              flush=True)
    peers = [row for row in rows if row["name"] != "git cat-file"]
    fastest = min(peers, key=lambda row: row["wall"]) if peers else None
    for row in rows:
        target = wanted.get(row["name"]) or (wanted.get("fastest peer") if row is fastest else None)
        if target:
            row["wanted"], row["met"] = target, row["ratio"] >= target
    return [_row(ours, all_ours), *rows]


def _row(command, samples, **more):
    return {"name": command.name, "shown": command.shown, "runs": len(samples), "wall": median(samples, "wall"),
            "cpu": median(samples, "cpu"), "peak_rss_kb": median(samples, "peak_rss_kb"),
            "walls": [round(sample.wall, 4) for sample in samples], **more}


def staged(setup):
    """One small staged change, over what git itself takes to tell that change."""
    rows = []
    for entries in (5_000, 100_000):
        repo = generated.index_repository(setup.scratch, entries)
        ours = keysweep(setup, "scan", "--staged", cwd=repo, ok_codes=(1,))
        theirs = Command("git diff", ["git", "diff", "--cached", "--raw"], "git diff --cached --raw", cwd=repo)
        left, right = pairs(ours, theirs, setup.staged_runs)
        over = difference_ms(left, right)
        rows.append({"name": f"{entries:,} entries", "runs": len(left), "wall": median(left, "wall"),
                     "git": median(right, "wall"), "over_ms": over, "wanted": 10, "met": over <= 10})
        print(f"  {entries:,} entries: {over:.1f} ms over git", flush=True)
    return [{"title": "Staged", "input": "a generated repository, one line of one file staged", "rows": rows}]


def memory(setup):
    """Anonymous memory against the promised bound, for a real history and for what is made to break it."""
    threads = os.cpu_count()
    rows = []
    for name in setup.repositories:
        repo, _ = inputs.prepare_mirror(setup.mirrors, name, setup.scratch)
        rows.append(_memory_row(setup, f"history of {name}", repo, "--history-only", threads))
    for what, repo in zip(("a blob of 4 GB", "a blob with one line of 500 MB", "a delta chain of 50 versions of 40 MB"),
                          generated.large_history(setup.scratch)):
        rows.append(_memory_row(setup, f"history: {what}", repo, "--history-only", threads))
    for what, folder in zip(("a file of 4 GB", "a line of 500 MB"), generated.large_tree(setup.scratch)):
        rows.append(_memory_row(setup, f"tree: {what}", folder, "--tree-only", threads))
    _, line = generated.large_tree(setup.scratch)
    rows.append(_memory_row(setup, "tree: a line of 500 MB, read", line, "--tree-only", threads, max_size=512 * MIB))
    return [{"title": "Memory", "input": f"{threads} threads, `--max-size` {MAX_SIZE // MIB} MiB, which skips the 4 GB and the 500 MB but in the last row", "rows": rows}]


def _memory_row(setup, name, target, mode, threads, max_size=MAX_SIZE):
    options = ("scan", mode, f"--threads={threads}", f"--max-size={max_size // MIB}MiB")
    sample = run(keysweep(setup, *options, target=target), watch_memory=True)
    objects = inputs.repository_size(target)["objects"] if mode == "--history-only" else 0
    bound = FIXED_BYTES + BYTES_AN_OBJECT * objects + 3 * max_size * threads
    peak = sample.rss_anon_kb * 1024
    print(f"  {name}: {peak / 1e6:.0f} MB of {bound / 1e6:.0f}", flush=True)
    return {"name": name, "objects": objects, "wall": sample.wall, "anon": peak, "peak_rss_kb": sample.peak_rss_kb,
            "bound": bound, "met": peak <= bound}


def startup(setup):
    """A folder of ten small files with one key: the whole command, and the time until the finding is on standard output."""
    folder = generated.small_folder(setup.scratch)
    ours = keysweep(setup, "scan", "--tree-only", "--format", "jsonl", target=folder)
    run(ours)
    first = [run(ours, until=b'"finding"').first_finding for _ in range(setup.staged_runs)]
    if None in first:
        raise SystemExit("startup: keysweep did not find the key of the small folder")
    rows = _against(setup, ours, [peer.command(setup.venvs, "tree", folder) for peer in PEERS], wanted={})
    rows[0]["first_finding"] = sorted(first)[len(first) // 2]
    return [{"title": "Start", "input": "ten small files, one key", "rows": rows}]


def machine():
    """What the figures were measured on: cores and model, never a name."""
    model = platform.processor() or "unknown"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as info:
        memory_kb = int(info.readline().split()[1])
    return {"cores": os.cpu_count(), "model": model, "memory_gb": round(memory_kb / 1e6), "system": platform.system()}


CASES = {"history": history, "tree": tree, "staged": staged, "memory": memory, "startup": startup}
