#!/usr/bin/env bash
# Installs the dependencies when they are missing or out of date, then runs the given command with
# the Node of node_modules/.bin, whatever Node the machine has. Usage: hack/with-node.sh COMMAND…
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! cmp --silent package-lock.json node_modules/.installed-from; then
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.installed-from
fi
export PATH="$PWD/node_modules/.bin:$PATH"
exec "$@"
