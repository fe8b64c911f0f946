# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # machine.sh and the scripts that source this set what is used here
# The way back: the delivery with which the machine was last seen to serve (`now`), the one on trial (`next`), and a dead-man's
# switch that has the former put back unless the latter is confirmed in time. Nothing is fetched for that.
# Beside it, where a way back is wanted: way-back (seconds; with 0 the delivery is kept, and no switch armed); goes-back, where
# the delivery is one that is put back; and held, where others watch for a while how a confirmed one serves, and may still have
# it undone: what was before it stays so long (`former`).

readonly GOOD=$STATE/good
# "since until restarts" while the switch is armed: seconds since 1970, and "yes" if callers were told of a restart, so that
# only another one brings them back.
readonly ARMED=$GOOD/armed
readonly KEPT_CERTIFICATES=$GOOD/certificates
readonly FORMER_CERTIFICATES=$GOOD/former-certificates
# The scripts that go back, of the delivery on trial: those of the good one may be an earlier meshx's, and know less.
readonly BACK_SCRIPTS=$GOOD/back
readonly UNDONE=$STATE/undone
# The machine goes back at once; the switch is for a machine that is cut off meanwhile.
readonly REOPENED_SECONDS=300
# So long a wave may take to hold. Where its run was killed nobody forgets what was before, and certificates grow old.
readonly FORMER_MINUTES=360
readonly BACK_UNITS=("$UNITS/meshx-back.timer" "$UNITS/meshx-back.service")
# Of a timer that is `Persistent`, systemd's own.
readonly BACK_STAMP=/var/lib/systemd/timers/stamp-meshx-back.timer

# shellcheck source=meshx/scripts/way_back/going_back.sh
. "$work/going_back.sh"

# What was delivered, before a script writes beside it: all but what is secret, and what asks for one run alone.
delivered_files() {
  (cd "$work" && find . -type f ! -path './disk*' ! -path './identity/*' ! -name token ! -name way-back ! -name goes-back \
    ! -name hold-restart ! -name has-turn ! -name restart ! -name reset-certificate ! -name check-only | sort)
}
[[ ! -e $work/way-back ]] || delivered=$(delivered_files)

# copy_files FROM TO: the files that standard input names.
copy_files() {
  tar -C "$1" -cf - -T - | tar -C "$2" --no-same-owner -xf -
}

# A package that is on the machine since an earlier run is not delivered again.
take_kept_package() {
  local kept
  [[ -e $work/way-back && ! -e $PACKAGE_FILE ]] || return 0
  for kept in "$GOOD"/{next,now}/disk/package; do
    if [[ -e $kept && $(sha256sum "$kept" | cut -d ' ' -f 1) = "$wanted_sha256" ]]; then
      ln -s "$kept" "$PACKAGE_FILE"
      return 0
    fi
  done
}

# The new package is unpacked beside the old one's files, and both stay as files.
check_way_back() {
  local size needed free
  [[ -e $work/way-back && -e $PACKAGE_FILE && ! -L $PACKAGE_FILE ]] || return 0
  size=$(package_size "$PACKAGE_FILE")
  needed=$((16384 + ${size:-262144} + $(stat -c %s "$PACKAGE_FILE") / 1024))
  free=$(df -Pk /var/lib | awk 'NR == 2 { print $4 }')
  ((free >= needed)) ||
    problem "only $((free / 1024)) MiB are free under /var/lib and $((needed / 1024)) are needed, since the package of before stays there beside the new one for the way back: make room, or leave rollout.wayBackSeconds out"
}

# Whether this delivery will start a sidecar anew that runs.
restart_ahead() {
  local owner mode path number=0
  systemctl is-active --quiet "$unit" || return 1
  [[ ! -e $work/restart && ! -e $work/reset-certificate ]] && package_is_wanted &&
    [[ $(cat "$STATE/started" 2>/dev/null) = "$(started_mark)" ]] || return 0
  while IFS=$'\t' read -r owner mode path; do
    ! began_with_another "$work/files/$number" "$path" || return 0
    number=$((number + 1))
  done <"$work/files.tsv"
  unit_settings "$work/companions" >"$work/unit-settings"
  ! only_files_moved
}

# Keeps the delivery on trial, and arms the switch before anything changes; ends the run where a restart is to wait.
begin_trial() {
  local next=$GOOD/next.new ahead=no
  [[ ! -e $work/goes-back ]] || return 0
  [[ -e $work/way-back ]] || { remove_way_back; return 0; }
  rm -rf "$next"
  install -d -m 0700 "$GOOD" "$next" "$next/disk"
  copy_files "$work" "$next" <<<"$delivered"
  if [[ -L $PACKAGE_FILE ]]; then
    ln "$(readlink -f "$PACKAGE_FILE")" "$next/disk/package"
  else
    # Half of it would leave the disk full.
    mv "$PACKAGE_FILE" "$next/disk/package" || { rm -rf "$next"; cannot_write "$next/disk/package"; }
  fi
  ln -sfT "$GOOD/next/disk/package" "$PACKAGE_FILE"
  rm -rf "$GOOD/next"
  mv -T "$next" "$GOOD/next"
  ! restart_ahead || ahead=yes
  if [[ -e $work/hold-restart && $ahead = yes ]]; then
    # Whoever is told of a restart that does not come has lost the machine.
    [[ ! -e $work/has-turn ]] || arm "$(cat "$work/way-back")" yes
    say "restart waits"
    exit 0
  fi
  arm "$(cat "$work/way-back")" "$ahead"
}

# A run that goes on where another was killed gets its own time, and what was before stays what it was.
arm() {
  local seconds=$1 restarts=$2 since until before=no
  # With 0 it is another machine that had all that.
  ((seconds > 0)) || { disarm; forget_former; rm -rf "$GOOD/now"; return 0; }
  take_former
  [[ -d $GOOD/now ]] || return 0
  if [[ ! -e $ARMED ]]; then
    [[ -e $work/has-turn ]] || ! diff -rq --exclude=disk "$GOOD/now" "$GOOD/next" >"$work/differs" || return 0
    forget_former
    keep_certificates
  fi
  read -r since until before 2>/dev/null <"$ARMED" || since=$(date +%s)
  [[ $before != yes ]] || restarts=yes
  arm_switch "$seconds" "$since" "$restarts"
}

# arm_switch SECONDS SINCE RESTARTS: see ARMED.
arm_switch() {
  local seconds=$1 since=$2 restarts=$3 until
  until=$(($(date +%s) + seconds))
  # While the switch is armed they never lack.
  if [[ ! -e $ARMED || ! -d $BACK_SCRIPTS ]]; then
    rm -rf "$BACK_SCRIPTS" "$BACK_SCRIPTS.new"
    install -d -m 0700 "$BACK_SCRIPTS.new"
    printf '%s\n' machine.sh lock.sh proxy_user.sh way_back.sh going_back.sh back.sh | copy_files "$work" "$BACK_SCRIPTS.new"
    mv -T "$BACK_SCRIPTS.new" "$BACK_SCRIPTS"
  fi
  { cat "$work/meshx-back.timer"; printf 'OnActiveSec=%s\nOnCalendar=%s\n' "$seconds" "$(date -u -d "@$until" '+%F %T UTC')"; } >"$work/back.timer"
  place root:root 0644 "$work/meshx-back.service" "${BACK_UNITS[1]}" || true
  place root:root 0644 "$work/back.timer" "${BACK_UNITS[0]}" || true
  echo "$since $until $restarts" >"$ARMED.new"
  mv "$ARMED.new" "$ARMED"
  systemctl daemon-reload
  systemctl enable --quiet meshx-back.timer
  systemctl restart meshx-back.timer
  # What power that fails now would leave half written.
  sync -f "$GOOD" && sync -f "$UNITS"
  say "goes back by itself at $(date -u -d "@$until" +%FT%TZ) unless confirmed"
}

disarm() {
  systemctl disable --quiet --now meshx-back.timer 2>/dev/null || true
  rm -f "${BACK_UNITS[@]}" "$BACK_STAMP" "$ARMED"
  rm -rf "$KEPT_CERTIFICATES" "$BACK_SCRIPTS"
  systemctl daemon-reload
}

remove_way_back() {
  [[ -e $GOOD || -e $UNDONE ]] || return 0
  disarm
  rm -rf "$GOOD" "$UNDONE"
  say "no way back"
}

# The delivery on trial is the good one from now on. False if it is undone already.
confirm_trial() {
  local held=no
  [[ -d $GOOD/next ]] || return 1
  # One that changes nothing is not armed, and says nothing of what was before.
  if [[ -e $ARMED && -e $work/held ]]; then
    held=yes
    # A run that was killed here may have moved them.
    if [[ -d $KEPT_CERTIFICATES ]]; then
      forget_former
      mv -T "$KEPT_CERTIFICATES" "$FORMER_CERTIFICATES"
    fi
  fi
  disarm
  if [[ $held = yes ]]; then
    touch "$GOOD/now"
    mv -T "$GOOD/now" "$GOOD/former"
  else
    rm -rf "$GOOD/now"
  fi
  mv -T "$GOOD/next" "$GOOD/now"
  rm -f "$UNDONE"
}

forget_former() {
  rm -rf "$GOOD/former" "$FORMER_CERTIFICATES"
}

former_counts() {
  [[ -n $(find "$GOOD/former" -maxdepth 0 -mmin -"$FORMER_MINUTES" 2>/dev/null) ]]
}

# What was before, where a run that was killed has just moved it (confirm_trial, reopen_trial), is what the machine goes back to.
take_former() {
  if [[ ! -d $GOOD/now && -d $GOOD/former ]]; then mv -T "$GOOD/former" "$GOOD/now"; fi
  if [[ -e $ARMED && ! -d $KEPT_CERTIFICATES && -d $FORMER_CERTIFICATES ]]; then mv -T "$FORMER_CERTIFICATES" "$KEPT_CERTIFICATES"; fi
}

# What is confirmed is on trial again, for a machine that does not hold; nothing where it had nothing before.
reopen_trial() {
  [[ ! -e $ARMED ]] && former_counts || return 0
  if [[ -d $GOOD/now ]]; then
    rm -rf "$GOOD/next" "$KEPT_CERTIFICATES"
    mv -T "$GOOD/now" "$GOOD/next"
  fi
  arm_switch "$REOPENED_SECONDS" 0 yes
}

# Of a machine that has joined: "kept", "on trial", or "armed" with the moment at which it goes back; whether it can go back from
# what is confirmed; and why it went back.
observe_way_back() {
  local until state=""
  [[ ! -d $GOOD/now ]] || state=kept
  [[ ! -d $GOOD/next ]] || state="on trial"
  if read -r _ until _ 2>/dev/null <"$ARMED"; then state="armed $(date -u -d "@$until" +%FT%TZ)"; fi
  [[ -z $state ]] || value way-back "$state"
  ! former_counts || value way-back.held yes
  [[ ! -e $UNDONE ]] || value undone "$(cat "$UNDONE")"
}
