#!/usr/bin/env bash
# Runs the instance's startup script anew once its metadata has another one than it was joined by. Run by a timer as
# root, as the startup script itself is.
set -euo pipefail
umask 077
# shellcheck source=meshx/scripts/cluster_access.sh
. "$(dirname "$(readlink -f "$0")")/cluster_access.sh"
# shellcheck source=/dev/null
. "$access/cluster_access.env"

metadata instance/attributes/startup-script || { tell "$trouble"; exit 0; }
[[ $answer =~ $'\n'"# Revision: "([0-9a-f]+)$'\n' ]] || exit 0
[[ ${BASH_REMATCH[1]} != "$(cat "$access/revision")" ]] || exit 0
tell "the startup script has changed to revision ${BASH_REMATCH[1]}, and is run"
script=$(mktemp)
trap 'rm -f "$script"' EXIT
printf '%s\n' "$answer" >"$script"
bash "$script"
