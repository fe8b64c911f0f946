#!/usr/bin/env bash
# Goes back at once. Beside it: why (in words); held, where what was confirmed is to be undone, too.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

[[ ! -e $work/held ]] || reopen_trial
go_back "$(cat "$work/why")"
