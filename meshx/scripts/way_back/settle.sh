#!/usr/bin/env bash
# Forgets what the machine had before its last change, which has held.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

forget_former
