#!/usr/bin/env bash
# Whether an instance of a group serves, asked by the sidecar as its own user: what its workload's probe asks, and no more
# once the instance is about to go, so that istiod sends callers elsewhere while it still answers.
# Arguments: `tcp HOST PORT`, `http URL HEADER...`, or `exec COMMAND...`.
set -euo pipefail
[[ ! -e /run/meshx-leaving ]] || { echo "the instance is about to go" >&2; exit 1; }
kind=$1
shift
case $kind in
  tcp) exec 3<>"/dev/tcp/$1/$2" ;;
  http)
    url=$1
    shift
    headers=()
    for header in "$@"; do headers+=(--header "$header"); done
    # As the sidecar itself does, whatever certificate the program shows.
    exec curl --silent --fail --insecure --noproxy '*' --max-time 10 --output /dev/null "${headers[@]}" "$url"
    ;;
  exec) exec "$@" ;;
  *) echo "no probe is called $kind" >&2; exit 2 ;;
esac
