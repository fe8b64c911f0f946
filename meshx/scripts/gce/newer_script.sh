# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # cluster_access.sh sets `answer`; the scripts that source this file read `newer`

# newer_script REVISION: whether the instance's metadata has another startup script of meshx's than that. It is in
# `answer`, and its revision in `newer`. Why nobody knows is in `trouble`.
newer_script() {
  trouble=""
  metadata instance/attributes/startup-script || return 1
  [[ $answer =~ $'\n'"# Revision: "([0-9a-f]+)$'\n' ]] || return 1
  newer=${BASH_REMATCH[1]}
  [[ $newer != "$1" ]]
}
