#!/usr/bin/env bash
# The packet tests: real packets under real policy engines, each run in a private network of its own.
# Writes a report of jest for each run into the folder that is given. Further arguments go to jest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
reports=$1
shift
# Who interrupts one run means all of them.
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
# Engine and file: the first engine judges everything, the second is another opinion on a part of it, and
# without any the same comparison has to fail. Traffic during changes runs under the second: the first
# loses a few connections by itself then (docs/testing.md).
crashed='{"numPassedTests": 0, "numFailedTests": 0, "numPendingTests": 0, "numTodoTests": 0, "numRuntimeErrorTestSuites": 1}'
if ! bash hack/with-node.sh node hack/enforcement/main.ts --binaries-only >&2; then
  echo "$crashed" > "$reports/packets.json"
  exit 1
fi
for run in kube-network-policies/matrix calico-felix/matrix none/matrix \
  kube-network-policies/environments calico-felix/transitions kube-network-policies/faults; do
  report="$reports/packets-${run//\//-}.json"
  # For a run that ends without a word of its own.
  echo "$crashed" > "$report"
  PACKETS_ENGINE=${run%/*} NODE_OPTIONS=--experimental-vm-modules NODE_NO_WARNINGS=1 \
    bash hack/with-node.sh bash hack/enforcement/private.sh \
    node node_modules/jest/bin/jest.js --config jest.packets.config.mjs --no-watchman --json \
    --outputFile="$report" "test/packets/${run#*/}.test.ts" "$@" || status=1
done
exit "$status"
