#!/usr/bin/env bash
# Brings an instance into the mesh by its own identity, at every boot and whenever its metadata changes. Nothing on it is
# touched before all that it needs is there; what fails is told on the serial console and tried again, until the metadata
# has another startup script. That one is left beside this file, as newer-script, to be run in its place.
# Beside it: what join.sh asks for, without what shows who the instance is; identity.sh, which fetches that;
# cluster_access.env; perhaps api-server-ca.pem; revision (of all this); the scripts and units that stay on the machine.
set -euo pipefail
# shellcheck source=meshx/scripts/cluster_access.sh
. "$(dirname "$(readlink -f "$0")")/cluster_access.sh"
work=$access
readonly PROXY_USER=istio-proxy
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/gce/newer_script.sh
. "$work/newer_script.sh"
# shellcheck source=meshx/scripts/family/family.sh
. "$work/family.sh"
# shellcheck source=/dev/null
. "$work/cluster_access.env"

# Fetches what shows who the instance is (bring_identity), has it fetched anew (doubt_identity), tells whether the sidecar
# is ready (is_ready), and places and names what is kept besides (place_keeper, KEEPER, KEEPER_UNITS, KEEPER_TIMERS).
# shellcheck source=meshx/scripts/gce/token_identity.sh
. "$work/identity.sh"

# From the first join on, the sidecar's user asks the API server: it may pass to the certificate, and to nothing else.
chmod 0711 "$work"
if [[ -e $work/api-server-ca.pem ]]; then chmod 0644 "$work/api-server-ca.pem"; fi

# How often it looks for another startup script.
readonly LOOK_SECONDS=30
readonly KEPT=(lock.sh cluster_access.sh cluster_access.env newer_script.sh follow.sh probe.sh stop_serving.sh "${KEEPER[@]}")
readonly KEPT_UNITS=(meshx-follow.{service,timer} meshx-stop-serving.service "${KEEPER_UNITS[@]}")

# Of several packages the one for a system and a processor such as this. Beside it, packages: "deb/amd64", name, SHA-256 and URL.
choose_package() {
  local kind of name sum url
  [[ -e $work/packages ]] || return 0
  kind=$FAMILY/$(system_architecture)
  while read -r of name sum url; do
    [[ $of = "$kind" ]] || continue
    printf '%s %s\n' "$name" "$sum" >"$work/package"
    PACKAGE_URL=$url
    return 0
  done <"$work/packages"
  trouble="no package is named for $kind, as this instance is: write sidecar.${kind/\//.} with the url: and sha256: of Istio's package for it"
  return 1
}

# One with another sum is fetched again: whoever serves it may have been wrong, or in the middle of a change. The proxy's
# user fetches it and gets no hold of the file, which it could write to after the sum was taken.
fetch_package() {
  local status=0 found wanted said
  local -a through=()
  [[ -z ${PACKAGE_PROXY-} ]] || through=(--proxy "$PACKAGE_PROXY")
  read -r _ wanted <"$work/package"
  said=$({
    uncaptured curl --fail --silent --show-error --location --max-time 600 "${through[@]}" "$PACKAGE_URL" </dev/null 2>&3 |
      cat >"$work/disk/package"
  } 3>&1) || status=$?
  if [[ $status != 0 ]]; then
    trouble="the package can't be fetched from $PACKAGE_URL${PACKAGE_PROXY:+ through $PACKAGE_PROXY}: $(tail -n 1 <<<"$said")"
  else
    found=$(sha256sum "$work/disk/package" | cut -d ' ' -f 1)
    [[ $found != "$wanted" ]] || return 0
    trouble="the package from $PACKAGE_URL has the SHA-256 $found, and $wanted is configured: correct the sum, or what is served there"
  fi
  rm -f "$work/disk/package"
  return 1
}

# What ends this script leaves a join at work: it is short, and brought to its end.
run_join() {
  local status=0 line
  (
    trap '' TERM
    flock 7
    exec bash "$work/join.sh"
  ) >"$work/join.out" 2>&1 7>"$work/join.lock" || status=$?
  while IFS= read -r line; do tell "$line"; done <"$work/join.out"
  return "$status"
}

# Only join.sh knows whether the machine is fit, and whether the package is there already.
bring_package() {
  local status=0
  choose_package || return 1
  : >"$work/check-only"
  run_join || status=$?
  rm -f "$work/check-only"
  [[ $status != 10 ]] || { fetch_package; return; }
  [[ $status = 0 ]] || { trouble="join.sh ended with $status, for the reasons above"; return 1; }
}

join() {
  local status=0
  run_join || status=$?
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
  trouble="what is to stay on the instance can't be written to $LIBRARY and $UNITS"
  install -d -m 0755 "$LIBRARY" || return 1
  for file in "${KEPT[@]}"; do install -m 0644 "$work/$file" "$LIBRARY/$file" || return 1; done
  if [[ -e $work/api-server-ca.pem ]]; then install -m 0644 "$work/api-server-ca.pem" "$LIBRARY/api-server-ca.pem" || return 1; fi
  for file in "${KEPT_UNITS[@]}"; do install -m 0644 "$work/$file" "$UNITS/$file" || return 1; done
  place_keeper
}

start_library() {
  local timer
  systemctl daemon-reload
  # One that still tries by former settings.
  for timer in "${KEEPER_TIMERS[@]}"; do systemctl stop "${timer%.timer}.service"; done
  systemctl enable --quiet --now "${KEEPER_TIMERS[@]}" meshx-follow.timer
  # It waits for the boot to be over, of which this script is a part.
  systemctl enable --quiet meshx-stop-serving.service
  systemctl start --no-block meshx-stop-serving.service
}

await_ready() {
  local end=$((SECONDS + READY_SECONDS))
  until is_ready; do
    if ((SECONDS >= end)); then
      trouble="the sidecar is not ready after $READY_SECONDS s; its last words: $(last_lines 2 "$SIDECAR_LOG" | tr '\n' ' ')"
      # What it has may be of no use though it looks well.
      doubt_identity
      return 1
    fi
    sleep 1
  done
}

# An instance of an image that was made of a joined one has that one's key. By Google's own id it is another.
came_with_image() {
  metadata instance/id || return 1
  instance=$answer
  [[ ! -s $LIBRARY/instance-id || $(cat "$LIBRARY/instance-id") = "$instance" ]] || {
    tell "this disk is of instance $(cat "$LIBRARY/instance-id"), and this is $instance: it gets a key of its own"
    doubt_identity
  }
}

# That it was joined by this script counts from now on: what ends before is begun anew.
take_part() {
  came_with_image && bring_identity && bring_package || return 1
  printf '%s\n' "$instance" >"$work/instance-id"
  place_library && join && install -m 0644 "$work/instance-id" "$LIBRARY/instance-id" && start_library && await_ready &&
    install -m 0644 "$work/revision" "$LIBRARY/revision"
}

umask 077
# Or whoever calls an instance that waits for the cluster would be answered past the proxy.
closing=$(bash "$work/close_early.sh" 2>&1) || closing="the workload's ports can't be closed: ${closing##*$'\n'}"
[[ -z $closing ]] || tell "$closing"
# In a process group of its own, to be ended as one.
set -m
persist take_part &
trying=$!
set +m
trap 'kill -- "-$trying" 2>/dev/null || true' EXIT
while kill -0 "$trying" 2>/dev/null; do
  timeout "$LOOK_SECONDS" tail -s 0.2 -f --pid="$trying" /dev/null || true
  if kill -0 "$trying" 2>/dev/null && newer_script "$(cat "$work/revision")"; then
    tell "the startup script has changed to revision $newer, and is run in place of this one"
    printf '%s\n' "$answer" >"$work/newer-script"
    kill -- "-$trying" 2>/dev/null || true
    wait "$trying" 2>/dev/null || true
    flock -w 300 "$work/join.lock" true || true
    exit 0
  fi
done
wait "$trying"
tell "this instance is in the mesh, as $NAMESPACE/$SERVICE_ACCOUNT"
