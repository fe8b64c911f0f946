#!/usr/bin/env bash
# enter-groups.sh FOLDER... -- COMMAND...: become COMMAND as a member of the control groups FOLDER.
# A script of its own, since the groups must be entered before the command can start anything.
set -euo pipefail

while [ "$1" != "--" ]; do
    echo "$$" >"$1/cgroup.procs"
    shift
done
shift
exec "$@"
