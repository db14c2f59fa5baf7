#!/usr/bin/env bash
# Every test: unit, property, and end to end against a real control plane. The last line alone is
# `N passed, N failed`. Arguments are passed to jest, such as a path or -t NAME.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=$(mktemp)
trap 'rm -f "$results"' EXIT
bash hack/with-node.sh node hack/control-plane/main.ts --binaries-only || exit 1
bash hack/with-node.sh env NODE_OPTIONS=--experimental-vm-modules NODE_NO_WARNINGS=1 \
  node node_modules/jest/bin/jest.js --no-watchman --json --outputFile="$results" "$@"
status=$?
bash hack/with-node.sh node hack/summarize-tests.ts "$results" || status=1
exit "$status"
