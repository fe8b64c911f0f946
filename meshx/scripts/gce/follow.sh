#!/usr/bin/env bash
# Runs the instance's startup script anew once its metadata has another one than it was joined by. Run by a timer as
# root, as the startup script itself is.
set -euo pipefail
umask 077
# shellcheck source=meshx/scripts/cluster_access.sh
. "$(dirname "$(readlink -f "$0")")/cluster_access.sh"
# shellcheck source=meshx/scripts/gce/newer_script.sh
. "$access/newer_script.sh"
# shellcheck source=meshx/scripts/lock.sh
. "$access/lock.sh"
# shellcheck source=/dev/null
. "$access/cluster_access.env"

# A startup script that is at work looks by itself.
take_lock 1 || exit 0
exec 9<&-
joined_by=$(cat "$access/revision" 2>/dev/null || true)
newer_script "$joined_by" || {
  [[ -z $trouble ]] || tell "$trouble"
  exit 0
}
tell "the startup script has changed to revision $newer, and is run"
script=$(mktemp)
trap 'rm -f "$script"' EXIT
printf '%s\n' "$answer" >"$script"
bash "$script" &
# Once it has joined the user's own script runs, for ever perhaps, and the next look is not to wait for that.
while kill -0 $! 2>/dev/null && [[ $(cat "$access/revision" 2>/dev/null) = "$joined_by" ]]; do sleep 1; done
