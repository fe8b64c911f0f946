#!/usr/bin/env bash
# How calls through the sidecar fare: one from the machine, one to it, and Envoy's own counters. Prints facts.
# Beside it: unit (of a sidecar that does not run nothing is asked), outward ("address port path" lines), inward ("port path", or "port", of the workload's probe); each may be absent.
# And before: `armed' has it noted for a change that follows. While one is on trial that is told instead, for a run that takes the
# change up sees what came of it already; with `former', while one has to hold.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"

# How the machine served before the change that is on trial, or has to hold.
readonly SERVED=$GOOD/served

# Envoy takes every connection; whether it has somebody to pass it on to shows in what comes back.
# shellcheck disable=SC2016 # the inner shell puts its own arguments there
readonly CALL='
  exec 3<>"/dev/tcp/$0/$1" || exit 0
  if [[ -n $2 ]]; then
    printf "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" "$2" "$0" >&3
    head -n 1 <&3 | cut -d " " -f 2 | tr -d "\r"
  else
    read -r -n 1 -t 1 -u 3 || (($? > 128)) && echo open
  fi'

call_outward() {
  local address port path
  [[ -e $work/outward ]] || return 0
  while read -r address port path; do
    value "call.from.$address" "$(timeout 4 bash -c "$CALL" "$address" "$port" "$path" 2>/dev/null || true)"
  done <"$work/outward"
}

# What the proxy's user sends to an address of the machine's own goes to the sidecar's inbound listener (istio:
# tools/istio-iptables/pkg/capture/run.go, the rule for that user on `lo`).
call_inward() {
  local own port path
  [[ -e $work/inward ]] || return 0
  own=$(hostname -I | cut -d ' ' -f 1)
  read -r port path <"$work/inward" || true
  value "call.to.$port" "$(as_proxy timeout 4 bash -c "$CALL" "$own" "$port" "${path-}" 2>/dev/null || true)"
}

# shellcheck disable=SC2016 # as above
statistics() {
  timeout 3 bash -c '
    exec 3<>/dev/tcp/127.0.0.1/15000
    printf "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" "$0" >&3
    cat <&3' "$1" 2>/dev/null || true
}

# Requests and failed ones: by Istio's own metric, and by Envoy's counters where the mesh has Envoy keep them.
count_requests() {
  {
    statistics '/stats/prometheus?filter=istio_requests_total'
    statistics '/stats?filter=_rq_(completed|5xx)$'
  } | tr -d '\r' | awk '
    /^istio_requests_total/ { total += $NF; if ($0 ~ /response_code="(5[0-9][0-9]|0)"/) failed += $NF }
    /^http\.[^:]*downstream_rq_completed: / && !/^http\.(admin|agent)/ { total += $NF }
    /^http\.[^:]*downstream_rq_5xx: / && !/^http\.(admin|agent)/ { failed += $NF }
    END { printf "%.0f %.0f", total, failed }' | fact requests
}

serving() {
  if systemctl is-active --quiet "$(cat "$work/unit")"; then
    call_outward
    call_inward
  fi
  count_requests
}

before=$(cat "$work/before" 2>/dev/null || true)
if [[ -s $SERVED ]] && { [[ $before = armed && -e $ARMED ]] || { [[ $before = former ]] && former_counts; }; }; then
  cat "$SERVED"
  value of-before yes
  exit 0
fi
serving >"$work/serves"
cat "$work/serves"
if [[ $before = armed && -d $GOOD ]]; then
  # What a full disk means, the delivery says.
  { cp "$work/serves" "$SERVED.new" && mv "$SERVED.new" "$SERVED"; } 2>/dev/null || rm -f "$SERVED" "$SERVED.new"
fi
