#!/usr/bin/env bash
# machine.sh NAME ROOT BRIDGE: run the machine NAME from the folder ROOT, plugged into BRIDGE, until it is switched off.
# A reboot from within ends systemd-nspawn with 133 (--keep-unit: its service manager is to start it again, which is us).
set -euo pipefail

name=$1 root=$2 bridge=$3
payload=
stopping=

stop() {
    stopping=yes
    if [ -n "$payload" ]; then kill -TERM "$payload" || true; fi
}
trap stop TERM

while [ -z "$stopping" ]; do
    systemd-nspawn --quiet --directory="$root" --machine="meshx-$name" --hostname="$name" \
        --network-bridge="$bridge" --resolv-conf=off --timezone=off --link-journal=no \
        --register=no --keep-unit --boot &
    payload=$!
    # A signal ends `wait`, not the machine: wait again until it has gone.
    status=0
    wait "$payload" || status=$?
    while kill -0 "$payload" 2>/dev/null; do
        status=0
        wait "$payload" || status=$?
    done
    if [ "$status" -ne 133 ]; then exit "$status"; fi
    echo "machine $name reboots"
done
