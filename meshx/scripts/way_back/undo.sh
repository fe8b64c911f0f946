#!/usr/bin/env bash
# Goes back at once. Beside it: why (in words); held, where what was confirmed is to be undone, too; later, where callers are to be
# told first: the switch is armed, and that is all.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

[[ ! -e $work/held ]] || reopen_trial
[[ ! -e $work/later ]] || exit 0
go_back "$(cat "$work/why")"
