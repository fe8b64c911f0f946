# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What a machine of Istio 1.1 to 1.4 has besides: the key material that the node agent renews, and
# the units that run beside the proxy's. Each does nothing where the files beside this one do not ask for it:
# identity.tsv (owner, mode, path, perhaps with identity/N), companions (names).

# Content comes only where the machine's own is of no use; owners and modes are put right where the proxy can read a file.
place_key_material() {
  local owner mode path number=0
  [[ -e $work/identity.tsv ]] || return 0
  while IFS=$'\t' read -r owner mode path; do
    if [[ -e $work/identity/$number ]]; then
      place "$owner" "$mode" "$work/identity/$number" "$path" || true
      say "file $path"
    elif [[ -f $path && ! -L $path && $(stat -c '%U:%G 0%a' "$path") != "$owner $mode" ]] && plain "$path" >"$work/own"; then
      place "$owner" "$mode" "$work/own" "$path" || true
      say "owner of $path"
    fi
    number=$((number + 1))
  done <"$work/identity.tsv"
}

# The last that a node agent said of its certificate since it started; with `before`, else what it said before that, since
# it ends after its sixth trial and is started anew. Its word at the end, "can't get the CSR approved", has no reason, so
# the refusal before that counts.
agent_word() {
  local invocation word of=(-u "$1")
  invocation=$(systemctl show -p InvocationID "$1" | cut -d = -f 2)
  [[ -z $invocation ]] || of=("_SYSTEMD_INVOCATION_ID=$invocation")
  word=$(said "${of[@]}" | last_word)
  [[ -n $word || ${2-} != before ]] || word=$(said -u "$1" -n 500 | last_word)
  [[ -z $word ]] || printf '%s\n' "$word"
}

said() {
  journalctl -q --no-pager -o cat "$@" 2>/dev/null || true
}

last_word() {
  { grep -aoE '(CSR is approved successfully|CSR signing failed|Certificate parsing error|node agent can.t get the CSR approved).*' || true; } |
    awk '/^node agent/ && refused { next } { last = $0; refused = !/^CSR is approved/ } END { if (last != "") print last }'
}

approves() {
  [[ $1 = 'CSR is approved successfully'* ]]
}

was_refused() {
  local word
  word=$(agent_word "$1" before)
  [[ -n $word ]] && ! approves "$word"
}

# Before the proxy's unit. Key material that came by this delivery is read by a node agent that starts, and one that was
# refused tries again at once then, instead of after longer and longer pauses.
start_companions() {
  local name
  [[ -e $work/companions ]] || return 0
  while IFS= read -r name; do
    systemctl is-enabled --quiet "$name" 2>/dev/null || { systemctl enable --quiet "$name" && say "unit $name enabled"; }
    if [[ -e $work/identity/0 ]] || ! systemctl is-active --quiet "$name" || was_refused "$name"; then
      timeout 60 systemctl restart "$name"
      echo "$name" >>"$work/companions.started"
      say "unit $name started"
    fi
  done <"$work/companions"
}

# A node agent says within a second or two that it got a certificate. It tries at 0, 5 and 15 s, then after longer and
# longer pauses, so a refusal may be of a Citadel or a gateway that just starts: three trials are waited for. Where
# something takes the connection and is silent, the first is over after 20 s.
verify_companions() {
  local name word attempt
  # What is put back runs with the key material that it had, whether or not its Citadel answers just now.
  [[ -e $work/companions.started && ! -e $work/goes-back ]] || return 0
  while IFS= read -r name; do
    for attempt in $(seq 1 50); do
      word=$(agent_word "$name")
      ! approves "$word" || break
      [[ -z $word || $attempt -lt 35 ]] || break
      [[ $attempt = 50 ]] || sleep 0.5
    done
    approves "$word" || { printf '%s\n' "${word:-it says nothing}" >&2; exit 11; }
    say "$name: $word"
  done <"$work/companions.started"
}

# The start script of this line empties the machine's own rules for incoming IPv6, and that of 1.4 fails without a chain:
# see ipv6_rules.sh.
readonly IPV6_RULES=$STATE/ipv6_rules.sh

place_ipv6_rules() {
  [[ -e $work/companions ]] || return 0
  if place root:root 0700 "$work/ipv6_rules.sh" "$IPV6_RULES"; then say "file $IPV6_RULES"; fi
}

ipv6_settings() {
  [[ -e $1 ]] || return 0
  echo "ExecStartPre=-/bin/bash $IPV6_RULES before-start"
  echo "ExecStartPost=-/bin/bash $IPV6_RULES after-start"
}

keep_ipv6_rules() {
  [[ ! -e $IPV6_RULES ]] || bash "$IPV6_RULES" "$1"
}

# Where the machine goes over to a line whose start script leaves them alone; once the former sidecar is down.
retire_ipv6_rules() {
  [[ ! -e $work/companions && -e $IPV6_RULES ]] || return 0
  keep_ipv6_rules give-back
  rm -f "$IPV6_RULES"
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
    stop_companion "$name" "$enabled"
  done <"$BEFORE/companions"
}

stop_companion() {
  [[ $2 = enabled ]] || systemctl disable --quiet "$1" 2>/dev/null || true
  timeout 60 systemctl stop "$1" 2>/dev/null || true
  systemctl reset-failed "$1" 2>/dev/null || true
}

# retiring_companions FILE: "name enabled" of the units of an earlier delivery that are not in that list, as where a machine goes
# over to Istio 1.20 or later: a node agent would go on writing its certificates over those of the new mesh.
retiring_companions() {
  local name enabled
  [[ -e $BEFORE/companions ]] || return 0
  while read -r name enabled _; do
    if [[ -e $(settings_file "$name") ]] && ! grep -qsxF "$name" "$1"; then echo "$name $enabled"; fi
  done <"$BEFORE/companions"
}

# Leaving still knows what they were before.
retire_companions() {
  local name enabled settings
  while read -r name enabled; do
    settings=$(settings_file "$name")
    stop_companion "$name" "$enabled"
    rm -f "$settings" "$(upkeep_settings "$name")"
    rmdir "${settings%/*}" 2>/dev/null || true
    say "unit $name stopped"
  done < <(retiring_companions "$work/companions")
}

# Which of them a delivery without them would find.
observe_retiring() {
  local found
  found=$(retiring_companions "$work/wanted/companions" | cut -d ' ' -f 1)
  [[ -z $found ]] || value retiring "$found"
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
    if [[ -d $path || (-f $path && ! -L $path) ]]; then
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
    if was_refused "$name"; then value "companion.$number.refused" "$(agent_word "$name" before)"; fi
    number=$((number + 1))
  done <"$work/wanted/companions"
}
