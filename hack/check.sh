#!/usr/bin/env bash
# Everything that is checked without running the code: format, lint (with layers and cycles), types,
# promises that nobody awaits, dead code, generated files, and the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
step() { printf '== %s\n' "$*" >&2; bash hack/with-node.sh "$@"; }
step biome check .
step tsc --noEmit
step oxlint --type-aware --deny-warnings src test hack bench
step knip
step node hack/crd/generate.ts --check
step node hack/docs/generate.ts --check
step tsc -p tsconfig.build.json
