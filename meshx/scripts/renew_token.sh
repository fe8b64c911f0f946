#!/usr/bin/env bash
# Renews the token by which the machine shows istiod who it is, and the mesh's root certificate, by the machine's own
# identity. Run by a timer as the sidecar's user, whose traffic the sidecar never captures.
set -euo pipefail
umask 077
# shellcheck source=meshx/scripts/cluster_access.sh
. "$(dirname "$(readlink -f "$0")")/cluster_access.sh"
# shellcheck source=meshx/scripts/token_request.sh
. "$access/token_request.sh"
# shellcheck source=/dev/null
. "$access/cluster_access.env"

# write FILE MODE CONTENT: in one step, so that nobody reads half of it.
write() {
  local fresh
  fresh=$(mktemp "$(dirname "$1")/.meshx.XXXXXXXX") || return 1
  printf '%s\n' "$3" >"$fresh" && chmod "$2" "$fresh" && mv -fT "$fresh" "$1"
}

renew() {
  [[ -d $(dirname "$TOKEN_FILE") ]] || {
    trouble="there is no folder for the token yet: the machine has still to join"
    return 1
  }
  identify && fetch_token && fetch_root || return 1
  trouble="the token or the root certificate can't be written"
  write "$TOKEN_FILE" 0400 "$token" || return 1
  [[ $(cat "$ROOT_FILE") = "$root" ]] || write "$ROOT_FILE" 0644 "$root"
}

persist renew
tell "the token for $NAMESPACE/$SERVICE_ACCOUNT is renewed"
