"""Repositories and files made on the spot: big indexes, large objects, and a small folder with one key.

Everything comes from a fixed seed, and the key is put together at run time: the repository holds none.
"""

import os
import random
import shutil
import subprocess
import zlib

from inputs import git

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
IDENTITY = ("-c", "user.name=Bench", "-c", "user.email=bench@example.invalid")
MB = 1_000_000
WORDS = [f"{random.Random(n).choice('abcdefgh')}word{n}" for n in range(997)]


def fake_key():
    """A GitHub token of the right form (prefix, 30 characters, base62 of their CRC-32), never issued."""
    body = "".join(random.Random(7).choices(BASE62, k=30))
    rest, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = BASE62[digit] + check
    return "gh" + "p_" + body + check


def small_folder(scratch):
    """Ten small files, a key in the last one."""
    folder = os.path.join(scratch, "small")
    os.makedirs(folder, exist_ok=True)
    for number in range(10):
        line = f'token = "{fake_key()}"\n' if number == 9 else "nothing = 1\n"
        with open(os.path.join(folder, f"file{number}.py"), "w") as out:
            out.write("import os\n" * 20 + line)
    return folder


def index_repository(scratch, entries):
    """A repository with this many files, checked out, packed, and one line of one file staged: a line with a key, so
    that the exit code tells that it was read."""
    repo = os.path.join(scratch, f"index-{entries}")
    if os.path.exists(os.path.join(repo, ".git", "ready")):
        return repo
    shutil.rmtree(repo, ignore_errors=True)
    os.makedirs(repo)
    git(repo, "init", "-q")
    for number in range(entries):
        folder = os.path.join(repo, f"package{number // 1000:03}", f"module{number // 50 % 20:02}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"file{number}.txt"), "w") as out:
            out.write(f"file {number}\n" + " ".join(WORDS[number % 50 :][:40]) + "\n")
    git(repo, "add", "-A")
    git(repo, *IDENTITY, "commit", "-q", "-m", "All files")
    git(repo, "repack", "-adq")
    changed = os.path.join("package000", "module01", "file60.txt")
    with open(os.path.join(repo, changed), "a") as out:
        out.write(f'token = "{fake_key()}"\n')
    git(repo, "add", changed)
    open(os.path.join(repo, ".git", "ready"), "w").close()
    return repo


def large_tree(scratch):
    """Folders for the working tree: a file of 4 GB (zero bytes, sparse), a file that is one line of 500 MB."""
    big = os.path.join(scratch, "file-4gb")
    os.makedirs(big, exist_ok=True)
    with open(os.path.join(big, "big.bin"), "wb") as out:
        out.truncate(4000 * MB)
    line = os.path.join(scratch, "line-500mb")
    os.makedirs(line, exist_ok=True)
    path = os.path.join(line, "line.txt")
    if not os.path.exists(path):
        with open(path, "wb") as out:
            for piece in _text(500 * MB, newline=b" "):
                out.write(piece)
    return big, line


def large_history(scratch):
    """Repositories: the 4 GB file and the 500 MB line as blobs, and 50 versions of a text of 40 MB as one delta chain."""
    big, line = large_tree(scratch)
    return (
        _blob_repository(scratch, "history-4gb", os.path.join(big, "big.bin")),
        _blob_repository(scratch, "history-500mb-line", os.path.join(line, "line.txt")),
        _chain_repository(scratch),
    )


def _blob_repository(scratch, name, path):
    repo = os.path.join(scratch, name)
    if not os.path.exists(os.path.join(repo, "ready")):
        shutil.rmtree(repo, ignore_errors=True)
        git(scratch, "init", "-q", "--bare", repo)
        _fast_import(repo, [(path, None)], depth=0)
    return repo


def _chain_repository(scratch):
    repo = os.path.join(scratch, "history-chain")
    if not os.path.exists(os.path.join(repo, "ready")):
        shutil.rmtree(repo, ignore_errors=True)
        git(scratch, "init", "-q", "--bare", repo)
        text = b"".join(_text(40 * MB))
        versions = []
        for number in range(50):
            at = text.index(b"\n", number * len(text) // 50) + 1
            text = text[:at] + b"version %d changed this line\n" % number + text[at:]
            versions.append((None, text))
        _fast_import(repo, versions, depth=50)
    return repo


def _fast_import(repo, versions, depth):
    """One commit a version of `data`, from a path or from memory. fast-import writes each as a delta of the one before."""
    importer = subprocess.Popen(
        ["git", "-C", repo, "-c", "core.compression=1", "-c", "core.bigFileThreshold=300m",
         "fast-import", "--quiet", f"--depth={depth}"],
        stdin=subprocess.PIPE,
    )
    out = importer.stdin
    for number, (path, text) in enumerate(versions):
        out.write(b"commit refs/heads/main\ncommitter Bench <bench@example.invalid> %d +0000\n" % (1_700_000_000 + number))
        out.write(b"data 7\nversion\nM 644 inline data\n")
        if path:
            out.write(b"data %d\n" % os.path.getsize(path))
            with open(path, "rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
        else:
            out.write(b"data %d\n" % len(text))
            out.write(text)
        out.write(b"\n")
    out.close()
    if importer.wait() != 0:
        raise SystemExit(f"git fast-import into {repo} failed")
    git(repo, "symbolic-ref", "HEAD", "refs/heads/main")
    open(os.path.join(repo, "ready"), "w").close()


def _text(size, newline=b"\n"):
    """Text-like bytes, in pieces of some 100 kB, `size` bytes in all."""
    chance = random.Random(11)
    written = 0
    while written < size:
        words = chance.choices(WORDS, k=12_000)
        piece = newline.join(" ".join(words[n : n + 10]).encode() for n in range(0, len(words), 10)) + newline
        piece = piece[: size - written]
        written += len(piece)
        yield piece
