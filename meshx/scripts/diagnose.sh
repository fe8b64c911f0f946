#!/usr/bin/env bash
# Tries what a mesh's machine must be able to do, and prints what came of it, one fact a line: a key and its value in
# base64. Changes nothing. Asked by the files beside it: wanted/ways (address and port), wanted/ports, wanted/names,
# wanted/gateway-name (may be empty), wanted/call (host, port and path of a request by the proxy) and wanted/caller (as
# whom, empty: as who runs this).
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

readonly TRY_SECONDS=4

address_of() {
  timeout "$TRY_SECONDS" getent ahosts "$1" 2>/dev/null | awk 'NR == 1 { print $1 }' || true
}

# As the proxy's user, whose traffic is not captured: anybody else's connection would end at the proxy, which takes all.
as_sidecar() {
  if id -u "$PROXY_USER" >/dev/null 2>&1; then runuser -u "$PROXY_USER" -- "$@"; else "$@"; fi
}

try_addresses() {
  value addresses "$(hostname -I 2>/dev/null || true)"
  value own-name "$(address_of "$(hostname)")"
}

# Where a machine's own programs look names up: through the sidecar's name proxy, once its rules are in place.
try_names() {
  local name number=0
  while IFS= read -r name; do
    value "resolved.$number" "$(address_of "$name")"
    number=$((number + 1))
  done <"$work/wanted/names"
}

# Of each file system that the sidecar or meshx writes to: "free KiB, where it is mounted". And what the sidecar's logs take.
look_at_space() {
  { df -Pk / /var/lib /var/log 2>/dev/null || true; } | awk 'NR > 1 && !seen[$6]++ { print $4, $6 }' | fact space
  value logs "$(du -skx /var/log/istio 2>/dev/null | cut -f 1)"
}

# As the sidecar does, which asks the name servers themselves.
try_gateway_name() {
  local name
  name=$(cat "$work/wanted/gateway-name")
  [[ -n $name ]] || return 0
  value gateway-address "$(as_sidecar timeout "$TRY_SECONDS" getent ahosts "$name" 2>/dev/null | awk 'NR == 1 { print $1 }' || true)"
}

try_processes() {
  local program folder
  for program in pilot-agent envoy node_agent; do
    for folder in /proc/[0-9]*; do
      if [[ $(cat "$folder/comm" 2>/dev/null) = "$program" ]]; then
        value "process.$program" "$(stat -c %U "$folder" 2>/dev/null || true)"
        break
      fi
    done
  done
}

try_ports() {
  local port uid
  while IFS= read -r port; do
    uid=$(awk -v port="$(printf ':%04X$' "$port")" '$4 == "0A" && $2 ~ port { print $8; exit }' \
      /proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
    [[ -z $uid ]] || value "listener.$port" "$(id -un "$uid" 2>/dev/null || echo "$uid")"
  done <"$work/wanted/ports"
}

try_ways() {
  local address port number=0 status why
  while read -r address port; do
    status=0
    # shellcheck disable=SC2016 # the inner shell puts its own arguments there
    why=$(as_sidecar timeout "$TRY_SECONDS" bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$address" "$port" 2>&1) ||
      status=$?
    if [[ $status = 124 ]]; then why="no answer in $TRY_SECONDS s"; fi
    if [[ $status = 0 ]]; then why=''; else why=${why##*: }; fi
    value "way.$number" "${why:-$([[ $status = 0 ]] || echo "status $status")}"
    number=$((number + 1))
  done <"$work/wanted/ways"
}

# The status line and the header `server` of one request, which Envoy answers or passes on.
try_call() {
  local host port path answer caller
  local -a as_caller=()
  caller=$(cat "$work/wanted/caller")
  [[ -z $caller ]] || as_caller=(runuser -u "$caller" --)
  read -r host port path <"$work/wanted/call" || return 0
  # shellcheck disable=SC2016 # as above
  answer=$("${as_caller[@]}" timeout "$TRY_SECONDS" bash -c '
    exec 3<>"/dev/tcp/$1/$2"
    printf "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n" "$3" "$1" "$2" >&3
    head -n 20 <&3' _ "$host" "$port" "$path" 2>&1 | tr -d '\r\0') || true
  value call.status "$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' <<<"$answer")"
  value call.server "$(sed -n 's/^[Ss]erver: //p' <<<"$answer" | head -n 1)"
  value call.error "$(grep -m 1 '^bash: ' <<<"$answer" | sed 's/^bash: \(line [0-9]*: \)\?//' || true)"
}

try_addresses
try_names
try_gateway_name
look_at_space
try_processes
try_ports
try_ways
try_call
