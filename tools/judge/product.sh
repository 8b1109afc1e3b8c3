#!/bin/sh
# Scores what the program itself reports on a built selection of the yardstick: product.sh YARDSTICK_FOLDER WORK [KEYSWEEP]
# All confidences first, then the default.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
keysweep=${3:-$here/target/release/keysweep}
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for which in low medium; do
    # Exit code 1 says that there are findings.
    (cd "$2/corpus" && "$keysweep" scan --tree-only --include-ignored --no-progress --confidence $which . \
        --report "jsonl=$out/$which.jsonl" > "$out/pretty") || [ $? -eq 1 ]
    grep '"type":"finding"' "$out/$which.jsonl" > "$out/$which.findings" || true
    echo "== --confidence $which"
    python3 "$1/yardstick.py" score --work "$2" --findings "$out/$which.findings"
done
