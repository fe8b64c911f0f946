#!/usr/bin/env bash
# Brings this instance into the mesh at its boot, by itself. Written by `pulumi up`, which replaces it with every change;
# nothing in it is secret. What follows these functions is unpacked into memory and run.
set -euo pipefail
umask 077
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

for tool in curl flock mktemp runuser timeout; do
  command -v "$tool" >/dev/null || { echo "meshx: the image has no $tool: take one that has" >&2; exit 3; }
done

# One run at a time: a change of this script is run while the instance is up.
take_lock 600 || { echo "meshx: an earlier run is still at work" >&2; exit 75; }
clear_former_runs
work=$(mktemp -d /run/meshx.XXXXXXXX)
disk=$(mktemp -d /var/tmp/meshx.XXXXXXXX)
trap 'rm -rf "$work" "$disk"' EXIT
# The package is too large for the memory of a small machine.
ln -s "$disk" "$work/disk"

put() {
  mkdir -p "$(dirname "$work/$1")"
  cat >"$work/$1"
}
