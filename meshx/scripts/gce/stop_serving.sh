#!/usr/bin/env bash
# Before an instance of a group goes down: its probe fails from now on, and all goes on until callers have gone elsewhere.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$(readlink -f "$0")")/cluster_access.env"
((LEAVE_SECONDS > 0)) || exit 0
touch /run/meshx-leaving
sleep "$LEAVE_SECONDS"
