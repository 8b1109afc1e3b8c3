#!/usr/bin/env bash
# Runs the program. The inputs come as variables that the program reads itself; `args` is one argument a line, and no line of it is read
# by a shell. The exit code is kept for the last step, so that reports are uploaded before the job fails.
set -uo pipefail

reports="${RUNNER_TEMP:?}/keysweep-report"
mkdir -p "$reports"
export KEYSWEEP_CI_REPORT="$reports/keysweep.json"
if [[ ${KEYSWEEP_SARIF:-} != off ]]; then
    export KEYSWEEP_CI_SARIF="$reports/keysweep.sarif"
fi

arguments=()
while IFS= read -r line; do
    line=${line%$'\r'}
    [[ -z $line ]] || arguments+=("$line")
done <<<"${KEYSWEEP_ARGS:-}"

code=0
"${KEYSWEEP_PROGRAM:?}" ci ${arguments[@]+"${arguments[@]}"} || code=$?
echo "code=$code" >>"${GITHUB_OUTPUT:?}"
