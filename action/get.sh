#!/usr/bin/env bash
# Brings the program: an archive of a release whose checksum stands in this commit, or else, where there is none for the platform, a
# build of the source beside this script. Writes `program=PATH` to the step's outputs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
version=${KEYSWEEP_VERSION:-$own}
version=${version#v}
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
    echo "::error::keysweep: the input version is no version"
    exit 2
fi

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc ;;
    *) target=none ;;
esac
ending=
[[ ${RUNNER_OS:-} != Windows ]] || ending=.exe

folder="${RUNNER_TEMP:?}/keysweep-$version-$target"
program="$folder/keysweep$ending"
asset="keysweep-$version-$target.tar.gz"
expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $asset\$/\1/p" "$root/action/checksums.txt")

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c 1-64
}

mkdir -p "$folder"
if [[ -n $expected ]]; then
    archive="$folder/$asset"
    [[ -f $archive ]] || curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$archive" \
        "https://github.com/keysweep/keysweep/releases/download/v$version/$asset"
    actual=$(checksum "$archive")
    if [[ $actual != "$expected" ]]; then
        rm -f "$archive"
        echo "::error::keysweep: $asset has the checksum $actual, and should have $expected"
        exit 2
    fi
    tar -xzf "$archive" -C "$folder" "keysweep$ending"
elif [[ $version != "$own" ]]; then
    echo "::error::keysweep: no checksum of $asset is in this version of the action (that of $own); use the action of that version"
    exit 2
elif [[ ! -x $program ]]; then
    command -v cargo >/dev/null || {
        echo "::error::keysweep: there is no archive for ${RUNNER_OS:-this system} ${RUNNER_ARCH:-}, and no cargo to build from source"
        exit 2
    }
    echo "no archive for ${RUNNER_OS:-} ${RUNNER_ARCH:-}: building from source"
    cargo install --quiet --locked --path "$root" --root "$folder/built"
    mv "$folder/built/bin/keysweep$ending" "$program"
fi
echo "program=$program" >>"${GITHUB_OUTPUT:?}"
