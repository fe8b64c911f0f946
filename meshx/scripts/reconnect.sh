#!/usr/bin/env bash
# Has the sidecar connect to istiod anew, and disturbs no call: its agent's connection there is broken, and it opens
# another one at once. Beside it: port (where it reaches istiod). Prints a line if there was one to break; where ss is
# missing, or the kernel lets nobody break sockets (CONFIG_INET_DIAG_DESTROY), it does nothing.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

port=$(cat "$work/port")
# Of the agent alone, since others may use such a port as well.
while read -r _ _ here there _; do
  # What could be broken is listed.
  broken=$(ss -H -t -n -K state established src "$here" dst "$there" 2>/dev/null || true)
  if [[ -n $broken ]]; then say "connection to istiod opened anew"; fi
done < <(ss -H -t -n -p state established dport = ":$port" 2>/dev/null | grep -F '(("pilot-agent",' || true)
