# shellcheck shell=sh
# The one command that runs on a machine, as root: unpack the tar stream on standard input, run its `script`, leave
# nothing behind. Before it stands lock.sh. It is the same for every machine and every operation, so no secret can stand
# in it.
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

for tool in bash flock mktemp runuser tar timeout; do
  command -v "$tool" >/dev/null || { echo "the machine has no $tool: install it" >&2; exit 3; }
done

# What was begun is brought to its end even if the session is lost.
trap '' HUP PIPE

# One operation at a time: a run that was killed at the other end may still be at work here.
take_lock 120 || { echo "another run of meshx is still at work on the machine: try again once it is done" >&2; exit 75; }
clear_former_runs

work=$(mktemp -d /run/meshx.XXXXXXXX)
disk=$(mktemp -d /var/tmp/meshx.XXXXXXXX)
trap 'rm -rf "$work" "$disk"; forget_lock' EXIT
# Secrets stay in memory; the package, too large for that on a small machine, goes to the disk.
ln -s "$disk" "$work/disk"

# A peer that is gone without a word must not hold the lock for ever; the other end gives up one that does not move on.
timeout 3600 tar -xf - -C "$work" || { echo "the delivery did not arrive whole" >&2; exit 74; }
timeout -k 10 300 bash "$work/script" </dev/null 9<&-
