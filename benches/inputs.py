"""What is scanned: mirrors with placeholders, plain code folders.

Nothing given is changed: a mirror is copied with hard links (its packs are read only), and what is missing goes into
the copy alone.
"""

import os
import shutil
import subprocess
import tarfile
import zlib

ENOUGH_CODE = 150_000_000
# Several languages, all well kept; those that --mirrors holds are taken.
CODE_REPOSITORIES = (
    "ansible/ansible",
    "apache/kafka",
    "laravel/framework",
    "prometheus/prometheus",
    "rails/rails",
    "redis/redis",
    "spring-projects/spring-framework",
    "symfony/symfony",
)
PLACEHOLDER = b"placeholder\n"


def git(repo, *arguments, **options):
    """Runs git in a repository and gives its output, as bytes."""
    return subprocess.run(["git", "-C", str(repo), *arguments], stdout=subprocess.PIPE, check=True, **options).stdout


def find_mirror(mirrors, name):
    """Where the bare repository of OWNER/NAME lies, or None."""
    repo = os.path.join(mirrors, name.replace("/", "+"), "repo")
    return repo if os.path.isdir(os.path.join(repo, "objects")) else None


def prepare_mirror(mirrors, name, scratch):
    """A copy of the mirror with a placeholder for every absent blob; says how many there are."""
    source = find_mirror(mirrors, name)
    if source is None:
        raise SystemExit(f"no mirror of {name} in {mirrors}: expected OWNER+NAME/repo, a bare repository")
    copy = os.path.join(scratch, "mirrors", name.replace("/", "+"))
    done = copy + ".absent"
    if not os.path.exists(done):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, copy_function=_link)
        absent = _absent_objects(copy)
        for object_id in absent:
            _write_placeholder(copy, object_id)
        with open(done, "w") as out:
            out.writelines(f"{object_id}\n" for object_id in absent)
    with open(done) as listed:
        return copy, sum(1 for _ in listed)


def _link(source, target):
    # Refs and HEAD are copied: git might write them in place. Packs it never does.
    if f"{os.sep}pack{os.sep}" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _absent_objects(repo):
    walked = git(repo, "rev-list", "--objects", "--all", "--missing=print")
    return [line[1:].decode() for line in walked.splitlines() if line.startswith(b"?")]


def _write_placeholder(repo, object_id):
    """A loose blob under the absent id. Its content cannot hash to it; git and the peers do not check that when they
    read, and `git log -p`, on which two of them rest, no longer stops there."""
    folder = os.path.join(repo, "objects", object_id[:2])
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, object_id[2:]), "wb") as out:
        out.write(zlib.compress(b"blob %d\0" % len(PLACEHOLDER) + PLACEHOLDER))


def prepare_code(code, mirrors, scratch):
    """Fills `code` with a `git archive HEAD` of the mirrors of CODE_REPOSITORIES that there are, if it is empty."""
    os.makedirs(code, exist_ok=True)
    if not os.listdir(code):
        for name in filter(lambda name: find_mirror(mirrors, name), CODE_REPOSITORIES):
            repo, _ = prepare_mirror(mirrors, name, scratch)
            _extract_head(repo, os.path.join(code, name.replace("/", "+")))
    files, size = folder_size(code)
    if size < ENOUGH_CODE:
        print(f"note: {code} holds {size / 1e6:.0f} MB, the target says {ENOUGH_CODE / 1e6:.0f} or more")
    return files, size


def _extract_head(repo, target):
    os.makedirs(target)
    archive = subprocess.Popen(["git", "-C", repo, "archive", "HEAD"], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=archive.stdout, mode="r|") as stream:
        # Links may lead out of the folder, and no scanner here follows them.
        stream.extractall(target, filter=lambda member, path: None if _is_link(member) else tarfile.data_filter(member, path))
    if archive.wait() != 0:
        raise SystemExit(f"git archive of {repo} failed")


def _is_link(member):
    return member.issym() or member.islnk()


def folder_size(folder):
    """Files and bytes in a folder, links not followed."""
    files = size = 0
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                files += 1
                size += os.path.getsize(path)
    return files, size


def repository_size(repo):
    """Objects (packed and loose), commits reachable from all refs, and bytes of packs."""
    counted = dict(line.split(": ") for line in git(repo, "count-objects", "-v").decode().splitlines() if ": " in line)
    return {
        "objects": int(counted["in-pack"]) + int(counted["count"]),
        "commits": int(git(repo, "rev-list", "--all", "--count")),
        "pack_bytes": 1024 * int(counted["size-pack"]),
    }
