# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # machine.sh sets what is used here
# What keeps a machine in the mesh between two runs (upkeep.sh) and its disk free of old logs (rotate_logs.sh), placed,
# taken away, and looked at.

readonly UPKEEP=$STATE/upkeep
readonly UPKEEP_SCRIPTS=(machine.sh packet_rules.sh when_down.sh writers.sh upkeep.sh rotate_logs.sh)
readonly UPKEEP_TRIGGERS=(meshx-upkeep.path meshx-upkeep.timer meshx-logs.timer)
readonly UPKEEP_SERVICES=(meshx-upkeep.service meshx-logs.service)
# The first that names a unit decides (systemd.preset), and an administrator's `disable *` names them all.
readonly UPKEEP_PRESET=/etc/systemd/system-preset/00-meshx.preset
readonly UPKEEP_FILES=("$UPKEEP_PRESET" "${UPKEEP_SERVICES[@]/#/$UNITS/}" "${UPKEEP_TRIGGERS[@]/#/$UNITS/}")

upkeep_settings() {
  printf '%s/%s.service.d/meshx-upkeep.conf' "$UNITS" "$1"
}

# upkeep_files UNIT...: "source target" of each file; what is made here comes first.
upkeep_files() {
  local name
  mkdir -p "$work/upkeep"
  printf '[Service]\nExecStartPre=-/bin/bash %s/upkeep.sh before-start\n' "$UPKEEP" >"$work/upkeep/settings"
  printf 'enable %s\n' "${@/%/.service}" "${UPKEEP_TRIGGERS[@]}" "$CLOSED_UNIT" >"$work/upkeep/preset"
  echo "$1" >"$work/upkeep/unit"
  for name in "${UPKEEP_SCRIPTS[@]}"; do echo "$work/$name $UPKEEP/$name"; done
  for name in "${UPKEEP_SERVICES[@]}" "${UPKEEP_TRIGGERS[@]}"; do echo "$work/$name $UNITS/$name"; done
  for name in "$@"; do echo "$work/upkeep/settings $(upkeep_settings "$name")"; done
  echo "$work/upkeep/preset $UPKEEP_PRESET"
  echo "$work/upkeep/unit $UPKEEP/unit"
}

place_upkeep() {
  local source target changed=no
  local -a units
  mapfile -t units < <(cat "$work/companions" 2>/dev/null)
  [[ -d ${UPKEEP_PRESET%/*} ]] || : >"$STATE/made-preset-folder"
  while read -r source target; do
    if place root:root 0644 "$source" "$target"; then changed=yes; fi
  done < <(upkeep_files "$unit" "${units[@]}")
  # No reason to start anything anew.
  place root:root 0644 "$work/hosts" "$UPKEEP/hosts" || true
  rm -f "$UPKEEP/captures-names" "$PUT_BACK"
  ! grep -qs "^ISTIO_META_DNS_CAPTURE='true'" "$work"/files/* || : >"$UPKEEP/captures-names"
  # One by one: of several, systemctl says yes if any is.
  for target in "${UPKEEP_TRIGGERS[@]}"; do
    systemctl is-active --quiet "$target" && systemctl is-enabled --quiet "$target" 2>/dev/null || changed=yes
  done
  if [[ $changed = yes ]]; then
    systemctl daemon-reload
    systemctl enable --quiet "${UPKEEP_TRIGGERS[@]}"
    systemctl restart "${UPKEEP_TRIGGERS[@]}"
    say "upkeep"
  fi
}

remove_upkeep() {
  local name
  systemctl disable --quiet --now "${UPKEEP_TRIGGERS[@]}" 2>/dev/null || true
  timeout 30 systemctl stop "${UPKEEP_SERVICES[@]}" 2>/dev/null || true
  # One that was at work is failed now.
  systemctl reset-failed "${UPKEEP_SERVICES[@]}" 2>/dev/null || true
  for name in "$unit" $(cut -d ' ' -f 1 "$BEFORE/companions" 2>/dev/null); do
    rm -f "$(upkeep_settings "$name")"
    rmdir "$UNITS/$name.service.d" 2>/dev/null || true
  done
  rm -f "${UPKEEP_FILES[@]}"
  if [[ -e $STATE/made-preset-folder ]]; then rmdir "${UPKEEP_PRESET%/*}" 2>/dev/null || true; fi
  rm -rf "$UPKEEP"
  systemctl daemon-reload
}

# "in place", or what is not; and what was put back since the last join.
observe_upkeep() {
  local source target unit trigger state="in place"
  local -a units
  [[ -d $STATE ]] || return 0
  unit=$(cat "$work/wanted/unit")
  mapfile -t units < <(cat "$work/wanted/companions" 2>/dev/null)
  while read -r source target; do
    cmp -s "$source" "$target" || state="$target is missing or changed"
  done < <(upkeep_files "$unit" "${units[@]}")
  for trigger in "${UPKEEP_TRIGGERS[@]}"; do
    systemctl is-active --quiet "$trigger" || state="$trigger does not run"
  done
  # A list that somebody's own settings began anew.
  [[ $state != "in place" || $(systemctl show -p ExecStartPre "$unit") = *"$UPKEEP/upkeep.sh"* ]] ||
    state="settings of others for unit $unit leave ExecStartPre of $(upkeep_settings "$unit") out"
  value upkeep "$state"
  [[ ! -e $PUT_BACK ]] || value put-back "$(cut -d ' ' -f 2- "$PUT_BACK")"
  [[ ! -e $UPKEEP/hosts ]] || cmp -s <(rendered_hosts "$UPKEEP/hosts" "$(hostname)") "$HOSTS" ||
    value not-in-place "/etc/hosts was written $(written_by /etc/hosts), and lacks the mesh's lines"
}
