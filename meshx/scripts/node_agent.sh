# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What a machine of Istio 1.1 to 1.4 has besides: folders with owners, the key material that the node agent renews, and
# the units that run beside the proxy's. Each does nothing where the files beside this one do not ask for it:
# folders.tsv (owner, mode, path), identity.tsv (owner, mode, path, perhaps with identity/N), companions (names).

place_folders() {
  local owner mode path
  [[ -e $work/folders.tsv ]] || return 0
  while IFS=$'\t' read -r owner mode path; do
    [[ -d $path && $(stat -c '%U:%G 0%a' "$path") = "$owner $mode" ]] && continue
    install -d -o "${owner%%:*}" -g "${owner##*:}" -m "$mode" "$path"
    say "folder $path"
  done <"$work/folders.tsv"
}

# Content comes only where the machine's own is of no use; owners and modes are put right in any case.
place_key_material() {
  local owner mode path number=0
  [[ -e $work/identity.tsv ]] || return 0
  while IFS=$'\t' read -r owner mode path; do
    if [[ -e $work/identity/$number ]]; then
      place "$owner" "$mode" "$work/identity/$number" "$path" || true
      say "file $path"
    elif [[ -f $path && $(stat -c '%U:%G 0%a' "$path") != "$owner $mode" ]]; then
      chown "$owner" "$path"
      chmod "$mode" "$path"
      say "owner of $path"
    fi
    number=$((number + 1))
  done <"$work/identity.tsv"
}

# Before the proxy's unit. Key material that came by this delivery is read by a node agent that starts.
start_companions() {
  local name
  [[ -e $work/companions ]] || return 0
  while IFS= read -r name; do
    systemctl is-enabled --quiet "$name" 2>/dev/null || { systemctl enable --quiet "$name" && say "unit $name enabled"; }
    if [[ -e $work/identity/0 ]] || ! systemctl is-active --quiet "$name"; then
      systemctl restart --no-block "$name"
      say "unit $name started"
    fi
  done <"$work/companions"
}

# What units beside the proxy's were before: "name enabled active", for record_before.
companions_before() {
  local name
  [[ -e $work/companions ]] || return 0
  while IFS= read -r name; do
    printf '%s %s %s\n' "$name" "$(systemctl is-enabled "$name" 2>/dev/null || echo no)" \
      "$(systemctl is-active "$name" 2>/dev/null || echo no)"
  done <"$work/companions"
}

stop_companions() {
  local name enabled
  [[ -e $BEFORE/companions ]] || return 0
  while read -r name enabled _; do
    [[ $enabled = enabled ]] || systemctl disable --quiet "$name" 2>/dev/null || true
    timeout 60 systemctl stop "$name" 2>/dev/null || true
    systemctl reset-failed "$name" 2>/dev/null || true
  done <"$BEFORE/companions"
}

resume_companions() {
  local name active
  [[ -e $BEFORE/companions ]] || return 0
  while read -r name _ active; do
    if [[ $active = active ]]; then
      systemctl restart --no-block "$name"
      say "unit $name ran before and runs again"
    fi
  done <"$BEFORE/companions"
}

# Owner and mode alone of what wanted/modes names: a key's content never leaves the machine.
observe_modes() {
  local path number=0
  [[ -e $work/wanted/modes ]] || return 0
  while IFS= read -r path; do
    if [[ -e $path ]]; then
      value "mode.$number.owner" "$(stat -L -c '%U:%G' "$path")"
      value "mode.$number.mode" "0$(stat -L -c '%a' "$path")"
    fi
    number=$((number + 1))
  done <"$work/wanted/modes"
}

observe_companions() {
  local name number=0
  [[ -e $work/wanted/companions ]] || return 0
  while IFS= read -r name; do
    value "companion.$number.enabled" "$(systemctl is-enabled "$name" 2>/dev/null || true)"
    value "companion.$number.active" "$(systemctl is-active "$name" 2>/dev/null || true)"
    number=$((number + 1))
  done <"$work/wanted/companions"
}

# The agent of this line tells nobody whether the proxy is ready. Envoy's statistics do: 200 once it took clusters and
# listeners from Pilot.
envoy_readiness() {
  local statistics
  statistics=$(timeout 2 bash -c '
    exec 3<>/dev/tcp/127.0.0.1/15000
    printf "GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3
    cat <&3' 2>/dev/null) || true
  grep -qE '^cluster_manager\.cds\.update_success: [1-9]' <<<"$statistics" &&
    grep -qE '^listener_manager\.lds\.update_success: [1-9]' <<<"$statistics" && echo 200
}
