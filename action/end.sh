#!/usr/bin/env bash
# The last step: says once what could not be uploaded, and ends as the scan did.
set -euo pipefail

if [[ ${UPLOADED:-} == failure ]]; then
    echo "::notice title=keysweep::The SARIF report was not uploaded: code scanning needs \`permissions: security-events: write\`."
fi
exit "${CODE:-2}"
