#!/bin/sh
# Scores what the judge reports on a built selection of the yardstick: measure.sh YARDSTICK_FOLDER WORK [FINDINGS_OF_RULES.jsonl]
# All confidences first, then the default.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
cargo run --quiet --release --manifest-path "$here/Cargo.toml" --example evidence -- --findings "$2/corpus" > "$out/all.jsonl"
if [ $# -gt 2 ]; then cat "$3" >> "$out/all.jsonl"; fi
grep -v '"confidence":"low"' "$out/all.jsonl" > "$out/default.jsonl"
for which in all default; do
    echo "== $which"
    python3 "$1/yardstick.py" score --work "$2" --findings "$out/$which.jsonl"
done
