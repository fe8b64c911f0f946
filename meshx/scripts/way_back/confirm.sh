#!/usr/bin/env bash
# Disarms the switch: what is on trial is what the machine goes back to from now on. Beside it: held, where it may still be undone
# (way_back.sh). Ends with 6 if it went back already.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

if [[ ! -d $GOOD/next && -e $UNDONE ]]; then
  cat "$UNDONE" >&2
  echo "Where no run was killed, rollout.wayBackSeconds is too short for this change: write a larger number" >&2
  exit 6
fi
confirm_trial
