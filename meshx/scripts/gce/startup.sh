#!/usr/bin/env bash
# Brings an instance into the mesh by its own identity, at every boot and whenever its metadata changes. Nothing on it is
# touched before all that it needs is there; what fails is told on the serial console and tried again.
# Beside it: what join.sh asks for, without what shows who the instance is; identity.sh, which fetches that;
# cluster_access.env; perhaps api-server-ca.pem; revision (of all this); the scripts and units that stay on the machine.
set -euo pipefail
# shellcheck source=meshx/scripts/cluster_access.sh
. "$(dirname "$(readlink -f "$0")")/cluster_access.sh"
work=$access
# shellcheck source=/dev/null
. "$work/cluster_access.env"

# Fetches what shows who the instance is (bring_identity), has it fetched anew (doubt_identity), tells whether the sidecar
# is ready (is_ready), and places and names what is kept besides (place_keeper, KEEPER, KEEPER_UNITS, KEEPER_TIMERS).
# shellcheck source=meshx/scripts/gce/token_identity.sh
. "$work/identity.sh"

# From the first join on, the sidecar's user asks the API server: it may pass to the certificate, and to nothing else.
chmod 0711 "$work"
if [[ -e $work/api-server-ca.pem ]]; then chmod 0644 "$work/api-server-ca.pem"; fi

readonly KEPT=(cluster_access.sh cluster_access.env follow.sh probe.sh stop_serving.sh revision "${KEEPER[@]}")
readonly KEPT_UNITS=(meshx-follow.{service,timer} meshx-stop-serving.service "${KEEPER_UNITS[@]}")

fetch_package() {
  local status=0
  uncaptured curl --fail --silent --show-error --location --max-time 600 "$PACKAGE_URL" \
    >"$work/disk/package" 2>"$work/curl.out" </dev/null || status=$?
  [[ $status = 0 ]] || {
    trouble="the package can't be fetched from $PACKAGE_URL: $(tail -n 1 "$work/curl.out")"
    rm -f "$work/disk/package"
    return 1
  }
}

run_join() {
  local status=0 line
  bash "$work/join.sh" >"$work/join.out" 2>&1 || status=$?
  while IFS= read -r line; do tell "$line"; done <"$work/join.out"
  return "$status"
}

join() {
  local status=0
  run_join || status=$?
  # Only join.sh knows whether the package is there already.
  if [[ $status = 10 ]]; then
    fetch_package || return 1
    status=0
    run_join || status=$?
  fi
  [[ $status = 0 ]] || {
    trouble="join.sh ended with $status, for the reasons above"
    # The node agent gets no certificate by what it shows.
    [[ $status != 11 ]] || doubt_identity
    return 1
  }
  # What it may have been asked for once.
  rm -f "$work/reset-certificate" "$work/restart"
}

# What runs on the instance later on; the sidecar's probe does from its start.
place_library() {
  local file
  install -d -m 0755 "$LIBRARY"
  for file in "${KEPT[@]}"; do install -m 0644 "$work/$file" "$LIBRARY/$file"; done
  if [[ -e $work/api-server-ca.pem ]]; then install -m 0644 "$work/api-server-ca.pem" "$LIBRARY/api-server-ca.pem"; fi
  for file in "${KEPT_UNITS[@]}"; do install -m 0644 "$work/$file" "$UNITS/$file"; done
  place_keeper
}

start_library() {
  systemctl daemon-reload
  systemctl enable --quiet --now "${KEEPER_TIMERS[@]}" meshx-follow.timer
  # It waits for the boot to be over, of which this script is a part.
  systemctl enable --quiet meshx-stop-serving.service
  systemctl start --no-block meshx-stop-serving.service
}

await_ready() {
  local end=$((SECONDS + READY_SECONDS))
  until is_ready; do
    if ((SECONDS >= end)); then
      trouble="the sidecar is not ready after $READY_SECONDS s; its last words: $(tail -n 2 "$SIDECAR_LOG" 2>/dev/null | tr '\n' ' ')"
      # What it has may be of no use though it looks well.
      doubt_identity
      return 1
    fi
    sleep 1
  done
}

take_part() {
  bring_identity || return 1
  place_library && join && start_library && await_ready
}

umask 077
persist take_part
tell "this instance is in the mesh, as $NAMESPACE/$SERVICE_ACCOUNT"
