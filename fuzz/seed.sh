#!/usr/bin/env bash
# First inputs for the fuzz targets whose inputs are files, made with the installed git: nothing foreign is stored.
# The other targets build their inputs from structured bytes and need none.
set -euo pipefail
cd "$(dirname "$0")"
corpus=$PWD/corpus
mkdir -p "$corpus"/{index,git_index,rules}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b.example GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b.example

# git_index: flags (bit 0: SHA-256), length of the shared index, shared index, index.
git_index() { # name flags index [shared]
    local length=0
    [[ -n ${4-} ]] && length=$(stat -c %s "$4")
    {
        printf "\\x$(printf %02x "$2")\\x$(printf %02x $((length >> 8)))\\x$(printf %02x $((length & 255)))"
        [[ -n ${4-} ]] && cat "$4"
        cat "$3"
    } >"$corpus/git_index/$1"
}

# index: four bytes choose the kind of input, one says SHA-256.
index() { # name flags file
    { printf "\\0\\0\\0\\0\\x$(printf %02x "$2")" && cat "$3"; } >"$corpus/index/$1"
}

for format in sha1 sha256; do
    flags=$([[ $format == sha256 ]] && echo 1 || echo 0)
    repo=$work/$format
    git init -q --object-format=$format "$repo"
    cd "$repo"
    mkdir -p a/b c
    for file in one a/two a/b/three c/four; do echo "$file" >"$file"; done
    git add . && git commit -qm first
    git_index "$format-2" "$flags" .git/index
    echo five >five && git add -N five
    git_index "$format-3" "$flags" .git/index
    git update-index --index-version 4
    git_index "$format-4" "$flags" .git/index
    git update-index --untracked-cache --force-untracked-cache && git status >/dev/null
    git_index "$format-untracked" "$flags" .git/index
    git sparse-checkout init --cone --sparse-index && git sparse-checkout set c
    git_index "$format-sparse" "$flags" .git/index
    git sparse-checkout disable
    git checkout -qb other && echo 1 >one && git commit -qam other
    git checkout -q - && echo 2 >one && git commit -qam here
    git merge -q other >/dev/null 2>&1 || true
    git_index "$format-conflict" "$flags" .git/index
    git add . && git commit -qm merge
    git update-index --split-index && echo 6 >six && git add six
    git_index "$format-split" "$flags" .git/index "$(echo .git/sharedindex.*)"
    git repack -qad
    index "$format-2" "$flags" .git/objects/pack/*.idx
    for version in 1 2,20; do
        [[ $format == sha256 && $version == 1 ]] && continue
        git index-pack --index-version=$version -o "$work/x.idx" .git/objects/pack/*.pack >/dev/null 2>&1 || continue
        index "$format-$version" "$flags" "$work/x.idx"
        rm -f "$work/x.idx"
    done
done

# rules: the repository's own, renamed to the issuer that the target asks for.
cd "$corpus/../.."
for file in rules/*.toml; do
    stem=$(basename "$file" .toml)
    { printf '\0\0\0\0' && sed -E "s/^(issuer = \")$stem\"/\1fuzz\"/; s/(id|rule) = \"$stem-/\1 = \"fuzz-/g" "$file"; } >"$corpus/rules/$stem"
done
wc -l <<<"$(find "$corpus" -type f)"
