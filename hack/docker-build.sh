#!/usr/bin/env bash
# All build steps of the image, so that a test can run them without a container engine:
#
#   bash hack/docker-build.sh OUT
#
# In: package.json, package-lock.json, tsconfig*.json and src in the current folder, which is
# changed: it is a scratch copy. Out: OUT, the whole root file system of the image, with the
# program, its production dependencies, the node that runs this, and the C libraries that it needs;
# no shell and no package manager. Needs a glibc system (ldd), as node:24-slim is.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: bash hack/docker-build.sh OUT" >&2; exit 2; }
out=$1
node=$(node --print process.execPath)
quietly=(--ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)

# No install script of anybody runs, neither here nor in the image.
npm ci --prefer-offline "${quietly[@]}"
node_modules/.bin/tsc -p tsconfig.build.json
npm prune --omit=dev --prefer-offline "${quietly[@]}"

mkdir -p "$out/app" "$out/etc" "$out/usr/local/bin"
cp -r dist package.json "$out/app/"
cp -r node_modules "$out/app/"
# Half of the dependencies are tests, types, source maps and documents, which nothing loads.
find "$out/app/node_modules" -type d \( -name test -o -name docs -o -name benchmarks \) \
  -prune -exec rm -rf {} +
find "$out/app/node_modules" -type f \
  \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.test.*' -o -name '*.map' -o -name '*.md' \) -delete
find "$out/app/node_modules" -depth -type d -empty -delete

cp "$node" "$out/usr/local/bin/node"
for library in $(ldd "$node" | grep -o '/[^ ]*'); do
  mkdir -p "$out$(dirname "$library")"
  cp -L "$library" "$out$library"
done
echo 'nonroot:x:65532:65532:nonroot:/app:/none' >"$out/etc/passwd"
echo 'nonroot:x:65532:' >"$out/etc/group"
echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
chmod -R a+rX,go-w "$out"
