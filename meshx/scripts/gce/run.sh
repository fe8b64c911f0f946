# shellcheck shell=bash
# shellcheck disable=SC2154 # unpack.sh sets what is used here
bash "$work/startup.sh" </dev/null 9<&-
exec 9<&-
if [[ -e $work/own-startup ]]; then bash "$work/own-startup" </dev/null; fi
