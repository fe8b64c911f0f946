#!/usr/bin/env bash
# Closes the workload's ports on an instance that has not joined yet, or opens them, as its startup script says.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/when_down/when_down.sh
. "$work/when_down.sh"

place_when_down
