# shellcheck shell=bash
# shellcheck disable=SC2154 # unpack.sh sets what is used here
bash "$work/startup.sh" </dev/null 9<&-
if [[ -e $work/newer-script ]]; then
  # It removes this file once it has begun, as it does with all that an earlier run left.
  newer=$(mktemp /run/meshx.XXXXXXXX)
  mv "$work/newer-script" "$newer"
  rm -rf "$work" "$disk"
  exec 9<&-
  exec bash "$newer"
fi
exec 9<&-
if [[ -e $work/own-startup ]]; then bash "$work/own-startup" </dev/null; fi
