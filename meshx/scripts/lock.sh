# shellcheck shell=sh
# One run at a time on a machine. Whoever can open a file can lock it (flock(2)), so the lock is on a folder that root alone can
# open.

# take_lock SECONDS: the lock, on descriptor 9; false if another run has it for so long.
take_lock() {
  older_run_ended "$1" || return 1
  # A machine outside the mesh keeps no folder: what was locked may be gone by then.
  until [ /proc/self/fd/9 -ef /run/meshx ]; do
    [ -d /run/meshx ] || mkdir -m 0700 /run/meshx || [ -d /run/meshx ] || return 1
    command exec 9</run/meshx || continue
    flock -w "$1" 9 || return 1
  done
}

# A run of an earlier meshx has /run itself locked, as anybody may. Only a shell of root's is such a run.
older_run_ended() {
  for held in /proc/[0-9]*/fd/9; do
    until [ "$(readlink "$held")" != /run ] || [ "$(stat -c %u "${held%/fd/9}")" != 0 ]; do
      case $(readlink "${held%/fd/9}/exe") in */dash | */bash) ;; *) break ;; esac
      seconds=$((${seconds:-0} + 1))
      [ "$seconds" -le "$1" ] || return 1
      sleep 1
    done
  done
}

# What runs that were killed have left. In /var/tmp others may have put something of that name, and keep root from removing it.
clear_former_runs() {
  find /run /var/tmp -maxdepth 1 -name 'meshx.*' -user root -exec rm -rf {} + || true
}

# Once nothing of meshx is left on the machine.
forget_lock() {
  [ -d /var/lib/meshx ] || rmdir /run/meshx 2>/dev/null || true
}
