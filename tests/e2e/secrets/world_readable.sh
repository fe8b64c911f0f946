#!/usr/bin/env bash
# Prints how many files of this machine everybody may read, then the names of those that hold one of the lines on
# standard input. The lines come that way so that they stand in no command line and in no file that others can read.
set -euo pipefail
umask 077
lines=$(mktemp /run/lines.XXXXXXXX)
trap 'rm -f "$lines"' EXIT
cat >"$lines"

readable() {
  find / \( -path /proc -o -path /sys \) -prune -o -type f -perm -004 -size -8192k -print0 2>/dev/null || true
}

readable | tr -dc '\0' | wc -c
readable | xargs -0 -r grep -laF -f "$lines" -- 2>/dev/null || true
