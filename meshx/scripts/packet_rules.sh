# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# The sidecar's packet rules: whether they are in place, and how they are taken away, in both backends.

# The commands of one family that are there, both backends: "iptables-nft iptables-legacy", or plain "iptables".
packet_filters() {
  local name=$1 found=0 variant
  for variant in "$name-nft" "$name-legacy"; do
    if command -v "$variant-save" >/dev/null; then
      echo "$variant"
      found=1
    fi
  done
  [[ $found = 1 ]] || ! command -v "$name-save" >/dev/null || echo "$name"
}

# The rules of one table. Without -t: asking the legacy backend for a table that is not there would make it, and with
# it switch connection tracking on.
table_rules() {
  "$1-save" 2>/dev/null | awk -v table="*$2" '/^\*/ { inside = ($0 == table) } inside'
}

# Whether the sidecar's rules of a family (iptables or ip6tables) are in place: what leaves the machine goes through
# its chain, and, where ports are captured, what comes in does too.
rules_in_place() {
  local filter rules
  for filter in $(packet_filters "$1"); do
    rules=$(table_rules "$filter" nat)
    grep -q '^-A OUTPUT .*-j ISTIO_OUTPUT' <<<"$rules" || continue
    grep -q '^-A ISTIO_REDIRECT .*-j REDIRECT' <<<"$rules" || continue
    [[ $(grep -c '^-A ISTIO_OUTPUT ' <<<"$rules") -ge 3 ]] || continue
    if grep -qE "^ISTIO_INBOUND_PORTS='?[^']" "$SETTINGS/cluster.env" 2>/dev/null; then
      grep -q '^-A PREROUTING .*-j ISTIO_INBOUND' <<<"$rules" || continue
    fi
    return 0
  done
  return 1
}

# Whether those of every family are in place that the last join found.
rules_stand() {
  rules_in_place iptables && { ! grep -qw ipv6 "$STATE/rules" 2>/dev/null || rules_in_place ip6tables; }
}

# Whether the sidecar is told of addresses of IPv6.
is_told_ipv6() {
  grep -qE "^ISTIO_(DUAL_STACK='?true|SVC_IP='?[^']*:)" "$SETTINGS/cluster.env" 2>/dev/null
}

# The tables that packet filters know, empty ones too: "iptables-nft nat".
list_tables() {
  local filter
  for filter in $(packet_filters iptables) $(packet_filters ip6tables); do
    "$filter-save" 2>/dev/null | awk -v filter="$filter" '/^\*/ { print filter, substr($0, 2) }'
  done
}

# The tables in nftables that iptables cannot share with their owners, "ip nat": chains of iptables' own names have rules
# there that it cannot read, and so shows none (iptables: nft.c, nft_is_table_compatible), or stand in another place.
unshared_tables() {
  local name family
  while read -r name family; do
    [[ $("$name" --version 2>/dev/null) = *nf_tables* ]] || continue
    "$name-save" 2>/dev/null | sed -n "s/^# Table \`\(.*\)' is incompatible.*/$family \1/p"
    nft list table "$family" nat >/dev/null 2>&1 || continue
    nft --check "add table $family nat
      add chain $family nat PREROUTING { type nat hook prerouting priority -100; }
      add chain $family nat OUTPUT { type nat hook output priority -100; }" 2>/dev/null || echo "$family nat"
  done <<'END' | sort -u
iptables ip
ip6tables ip6
END
}

# What else nftables has, and only its own program tells: "ip nat OUTPUT".
list_chains() {
  ! command -v nft >/dev/null || nft list chains 2>/dev/null | awk '
    $1 == "table" { table = $2 " " $3 }
    $1 == "chain" { print table, $2 }'
}

# The first NAT rule switches connection tracking on. A session that is open then and sends first would count as a new
# outgoing connection and be turned to the proxy, dead for good. So tracking goes on beforehand, by a rule that does
# nothing, and stays on while the machine is joined: sessions that somebody opens while the sidecar is down live through its
# next start. The argument is -C, -I or -D: whether there is such a rule, one more, one less.
track_connections() {
  iptables -w 5 -t nat "$1" OUTPUT -m conntrack --ctstate ESTABLISHED 2>/dev/null
}

# Keeps open sessions alive through the sidecar's next rules: they have to be heard in both directions before them. That
# takes a moment, to be waited for (`wait`) before the rules come.
keep_sessions() {
  track_connections -C || track_connections -I || return 0
  say "sessions kept"
  sleep 0.3 &
}

# The rules of the sidecar alone, in all tables: "iptables-nft *nat", and what iptables-restore takes for each table.
sidecar_rules() {
  local filter table rules
  for filter in $(packet_filters iptables) $(packet_filters ip6tables); do
    for table in $("$filter-save" 2>/dev/null | sed -n 's/^\*//p'); do
      rules=$(table_rules "$filter" "$table" | grep -E '^(:|-A .*)ISTIO_' | sed 's/ \[[0-9:]*\]$//') || continue
      printf '%s *%s\n%s\nCOMMIT\n' "$filter" "$table" "$rules"
    done
  done
}

# Sets what sidecar_rules printed, on standard input; nothing of it may be there.
set_sidecar_rules() {
  local filter="" line table=""
  while IFS= read -r line; do
    case $line in
      *' *'*) filter=${line% *} table=${line#* }$'\n' ;;
      COMMIT) restore_rules "$filter" "${table}COMMIT" ;;
      *) table+=$line$'\n' ;;
    esac
  done
}

# The lock of legacy iptables may be another's for a moment; its restore waits for it only from version 1.6.2 on, and if told.
restore_rules() {
  local attempt
  for attempt in $(seq 1 50); do
    ! "$1-restore" --noflush <<<"$2" 2>"$work/restore.err" || return 0
    [[ $attempt = 50 ]] || sleep 0.1
  done
  cat "$work/restore.err" >&2
  return 1
}

# Takes away what the unit's end leaves, because the package is gone by then, or because the sidecar clears only what its
# present settings would make (istio: tools/istio-iptables/pkg/capture): rules that lead to its chains or belong to its
# user, then the chains.
clear_rules() {
  local filter table rule uid
  uid=$(id -u "$PROXY_USER" 2>/dev/null || echo none)
  for filter in $(packet_filters iptables) $(packet_filters ip6tables); do
    for table in $("$filter-save" 2>/dev/null | sed -n 's/^\*//p'); do
      table_rules "$filter" "$table" |
        awk -v uid="$uid" '/^-A/ && (/ISTIO_/ || $0 ~ "-owner " uid " ") { sub(/^-A/, "-D"); print }' |
        while IFS= read -r rule; do
          xargs "$filter" -w 5 -t "$table" <<<"$rule" 2>/dev/null || true
        done
      table_rules "$filter" "$table" | sed -n 's/^:\(ISTIO_[^ ]*\).*/\1/p' |
        while IFS= read -r rule; do
          "$filter" -w 5 -t "$table" -F "$rule" 2>/dev/null || true
          "$filter" -w 5 -t "$table" -X "$rule" 2>/dev/null || true
        done
    done
  done
}

stop_tracking() {
  while track_connections -D; do :; done
}
