#!/usr/bin/env bash
# enter-groups.sh DESCRIPTOR FOLDER... -- COMMAND...: become COMMAND as a member of the control groups FOLDER.
# A script of its own, since the groups must be entered before the command can start anything.
# DESCRIPTOR, an open pipe's, is closed once that is done: whoever waits at its other end may go on.
set -euo pipefail

descriptor=$1
shift
while [ "$1" != "--" ]; do
    echo "$$" >"$1/cgroup.procs"
    shift
done
shift
exec {descriptor}>&-
exec "$@"
