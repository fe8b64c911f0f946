#!/usr/bin/env bash
# Keeps the sidecar's logs from filling the disk: what has grown too large is compressed beside it, and emptied. Run by
# meshx-logs.service as the sidecar's user, whose folder it is: a link there leads nobody further than that user.
# The start script redirects the output of agent and Envoy, which know no signal to open it anew. So a log is copied and
# then emptied, and what is written in that moment is lost.
set -euo pipefail

readonly LOGS=/var/log/istio
readonly LARGEST_MIB=50
readonly KEPT=5

# What a log takes of the disk. Since 1.20 the sidecar appends; before, it goes on where it was in a file that was emptied,
# which has a hole there from then on.
taken() {
  stat -c '%b %B' "$1" | awk '{ print $1 * $2 }'
}

# The disk may be full: an emptied log is better than that, and better than kept ones.
set_aside() {
  local log=$1 number
  if tail -c "$(taken "$log")" "$log" | tr -d '\0' | gzip >"$log.new"; then
    for ((number = KEPT - 1; number > 0; number--)); do
      [[ ! -e $log.$number.gz ]] || mv -fT "$log.$number.gz" "$log.$((number + 1)).gz"
    done
    mv -fT "$log.new" "$log.1.gz"
  else
    rm -f "$log.new" "$log".?.gz
    # The digit is the level by which journald keeps it.
    echo "<4>meshx: $log could not be compressed, for the reason above; it was emptied, and the kept ones deleted"
  fi
  : >"$log"
}

# Standard input is this script.
{
  for log in "$LOGS/istio.log" "$LOGS/istio.err.log"; do
    [[ -f $log && ! -L $log && -w $log ]] || continue
    (($(taken "$log") <= LARGEST_MIB << 20)) || set_aside "$log"
  done
} </dev/null
