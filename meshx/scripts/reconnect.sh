#!/usr/bin/env bash
# Has the sidecar connect to istiod anew, and disturbs no call: its connection there is broken, and its agent opens
# another one at once. Beside it: addresses (where it reaches istiod). Prints a line if there was one to break; where
# ss is missing, or the kernel lets nobody break sockets (CONFIG_INET_DIAG_DESTROY), it does nothing.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

while IFS= read -r address; do
  # ss takes what is behind the last colon for a port.
  [[ $address != *:* ]] || address="[$address]"
  # What could be broken is listed.
  broken=$(ss -H -t -n -K state established dst "$address" dport = :15012 2>/dev/null || true)
  if [[ -n $broken ]]; then say "connection to istiod opened anew"; fi
done <"$work/addresses"
