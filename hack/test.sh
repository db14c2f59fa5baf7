#!/usr/bin/env bash
# Every test: unit, property, end to end against a real control plane, and packets under real policy
# engines. The last line alone is `N passed, N failed`. `--only-packets` leaves out all but the packets;
# other arguments are passed to jest, such as a path or -t NAME, and leave out the packets, as does
# APPCONN_PACKETS=off.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packets=${APPCONN_PACKETS:-on}
if [ "$packets" != on ] && [ "$packets" != off ]; then
  echo "APPCONN_PACKETS is on or off, and not $packets" >&2
  exit 1
fi
# The program under test refuses settings that it does not know.
unset APPCONN_PACKETS
others=on
if [ "${1:-}" = --only-packets ]; then
  others=off
  shift
elif [ $# -gt 0 ]; then
  packets=off
fi
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "$packets" = on ] && ! bash hack/enforcement/private.sh true; then
  echo '0 passed, 1 failed'
  exit 1
fi
bash hack/with-node.sh node hack/control-plane/main.ts --binaries-only || exit 1
status=0
if [ "$packets" = on ]; then bash hack/packets.sh "$reports" "$@" || status=1; fi
if [ "$others" = on ]; then
  bash hack/with-node.sh env NODE_OPTIONS=--experimental-vm-modules NODE_NO_WARNINGS=1 \
    node node_modules/jest/bin/jest.js --no-watchman --json --outputFile="$reports/tests.json" "$@" || status=1
fi
if [ "$packets" = off ]; then echo 'The packet tests were left out.'; fi
bash hack/with-node.sh node hack/summarize-tests.ts "$reports"/*.json || status=1
exit "$status"
