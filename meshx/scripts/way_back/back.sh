#!/usr/bin/env bash
# Puts back what the machine had before, as nobody has confirmed what it got since. Run as root by meshx-back.service, with the
# scripts of the delivery that is undone.
set -euo pipefail
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/lock.sh
. "$work/lock.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

# The machine may have left meanwhile.
trap forget_lock EXIT
armed=$(cat "$ARMED")
take_lock 300
# A run that takes the change up may have armed the switch anew meanwhile, for its own time.
[[ $(cat "$ARMED" 2>/dev/null) = "$armed" ]] || exit 0
go_back "nobody confirmed the change within its time, as a run that ends half-way does not"
