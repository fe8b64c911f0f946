# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# Whose machine it is: the stack that joined it last, and the UID of that stack's cluster, as joined-by beside the scripts has
# them. A delivery that is put back has its own, or none if an earlier meshx made it: a machine that goes back is its former
# stack's again.

readonly JOINED_BY=$STATE/joined-by

record_joined_by() {
  if [[ -e $work/joined-by ]]; then cp "$work/joined-by" "$JOINED_BY"; elif [[ -e $work/goes-back ]]; then rm -f "$JOINED_BY"; fi
}

observe_joined_by() {
  value joined-by "$(cat "$JOINED_BY" 2>/dev/null || true)"
}
