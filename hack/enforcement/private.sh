#!/usr/bin/env bash
# Runs a command with a network, mounts and processes of its own: that network is the node on which
# packets are judged. Processes, links and rules are gone when the command ends, however it ends, and
# so are files in TMPDIR, /run and /var/lib; the machine's own network is never touched. As root, or
# with user namespaces as anybody.
set -euo pipefail
for tool in unshare ip iptables ip6tables ipset conntrack; do
  if ! command -v "$tool" > /dev/null; then
    echo "the packet tests need $tool: apt-get install -y util-linux iproute2 iptables ipset conntrack; or leave them out with APPCONN_PACKETS=off" >&2
    exit 1
  fi
done
if [ "$(id -u)" = 0 ]; then as=(); else as=(--user --map-root-user); fi
spaces=("${as[@]}" --net --mount --pid --fork --kill-child --mount-proc)
if ! unshare "${spaces[@]}" true; then
  echo 'the packet tests need Linux and root, or user namespaces; or leave them out with APPCONN_PACKETS=off' >&2
  exit 1
fi
# What is process 1 is not ended by a signal that it does not ask for, so that a shell stands there.
exec unshare "${spaces[@]}" bash -euo pipefail -c '
  mount -t tmpfs tmpfs /run
  mkdir /run/tmp /run/over /run/work
  export TMPDIR=/run/tmp
  mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/over,workdir=/run/work /var/lib
  ip link set lo up
  echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
  for family in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 > /proc/sys/net/$family; done
  "$@" &
  trap "kill -TERM $!" INT TERM HUP
  code=0
  wait $! || code=$?
  while kill -0 $! 2> /dev/null; do wait $! || code=$?; done
  exit $code
' private "$@"
