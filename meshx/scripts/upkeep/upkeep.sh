#!/usr/bin/env bash
# Keeps what a join wrote into places of others', which their owners write anew without it: lines of /etc/hosts (cloud-init
# at each boot), packet rules (a firewall's reload), the capture of name look-ups (another /etc/resolv.conf). Run as root by
# the sidecar's unit with `before-start`, and by a timer and a path unit with `look`.
# Beside it: hosts ("address name"), unit (name), perhaps captures-names; rules, which it keeps itself.
set -euo pipefail
umask 077
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/packet_rules.sh
. "$work/packet_rules.sh"
# shellcheck source=meshx/scripts/when_down/when_down.sh
. "$work/when_down.sh"
# shellcheck source=meshx/scripts/upkeep/writers.sh
. "$work/writers.sh"

# A start sets the rules itself, within seconds.
readonly SETTLED_SECONDS=15
readonly PAUSE_MINUTES=10

# note SUBJECT TEXT: for the next refresh, which tells it; the last of each subject is kept.
note() {
  { grep -v "^$1 " "$PUT_BACK" 2>/dev/null || true; printf '%s %s\n' "$1" "$2"; } >"$PUT_BACK.new"
  mv "$PUT_BACK.new" "$PUT_BACK"
  # The digit is the level by which journald keeps it.
  printf '<5>meshx: %s\n' "$2"
}

keep_hosts() {
  local who
  rendered_hosts "$work/hosts" "$(hostname)" >"$work/hosts.rendered"
  ! cmp -s "$work/hosts.rendered" "$HOSTS" || return 0
  who=$(written_by /etc/hosts)
  replace_content "$work/hosts.rendered" "$HOSTS" || return 0
  note hosts "/etc/hosts was written $who; the mesh's lines were put back"
}

property() {
  systemctl show -p "$1" "$unit" | cut -d = -f 2
}

has_settled() {
  local began
  [[ $(property ActiveState) = active ]] || return 1
  began=$(property ActiveEnterTimestampMonotonic)
  awk -v began="$began" -v least="$SETTLED_SECONDS" '{ exit !($1 - began / 1000000 >= least) }' /proc/uptime
}

start_anew() {
  keep_sessions
  wait
  systemctl restart --no-block "$unit"
}

# A firewall that flushed soon after the sidecar's start took along what nobody has noted yet; another start sets them. Where
# that does not help it is no reason to start again and again, and a sidecar that never had rules lacks none.
start_anew_without_rules() {
  [[ -s $STATE/rules && -z $(find "$work/rules.tried" -mmin -"$PAUSE_MINUTES" 2>/dev/null) ]] || return 0
  : >"$work/rules.tried"
  note rules "the sidecar's packet rules were gone at $(moment), soon after its start; it was started anew$(firewalls)"
  start_anew
}

# What the sidecar set by itself at this start is what is put back, by no program that its user could have a hand in.
keep_rules() {
  local start
  start=$(property InvocationID)
  if [[ $(head -n 1 "$work/rules" 2>/dev/null) != "# $start" ]]; then
    rules_in_place iptables || { start_anew_without_rules; return 0; }
    { echo "# $start"; sidecar_rules; } >"$work/rules.new"
    mv "$work/rules.new" "$work/rules"
    rm -f "$work/rules.tried"
  elif [[ $(sidecar_rules) != "$(tail -n +2 "$work/rules")" ]]; then
    clear_rules
    keep_sessions
    wait
    tail -n +2 "$work/rules" | set_sidecar_rules
    note rules "the sidecar's packet rules were gone at $(moment); they were put back$(firewalls)"
  else
    # A machine that an earlier meshx joined lacks this one.
    keep_sessions
  fi
}

# Whoever flushes all of nftables' rules takes that table along.
keep_closed() {
  [[ -e $CLOSED_RULES ]] && ! closed_now && systemctl restart "$CLOSED_UNIT" || return 0
  note closed "the rules that refuse calls past the proxy were gone at $(moment); they were put back$(firewalls)"
}

# Look-ups to the name servers of the start are captured, and no others; the agent passes on to these, too (istio:
# tools/istio-iptables/pkg/capture, pkg/dns/client). So others need another start.
keep_names() {
  local server servers missing=""
  [[ -e $work/captures-names ]] || return 0
  servers=$(sed -nE 's/^[[:space:]]*nameserver[[:space:]]+([^[:space:]#;%]+).*/\1/p' /etc/resolv.conf 2>/dev/null | sort -u)
  for server in $servers; do
    grep -qE -- "^-A .*-d $server/[0-9]+ .*--dport 53 .*-j REDIRECT|^-A ISTIO_OUTPUT[A-Z_]* -p udp .*--dport 53 -j REDIRECT" "$work/rules" ||
      missing=$server
  done
  [[ -n $missing ]] || return 0
  # Who writes may write more than once, and whose look-ups cannot be captured is no reason to start again and again.
  [[ $(cat "$work/names.tried" 2>/dev/null) != "$servers" ]] || return 0
  if [[ $(cat "$work/names.seen" 2>/dev/null) != "$servers" ]]; then
    echo "$servers" >"$work/names.seen"
    return 0
  fi
  echo "$servers" >"$work/names.tried"
  note names "/etc/resolv.conf was written $(written_by /etc/resolv.conf), and look-ups to $missing went past the sidecar; it was started anew"
  start_anew
}

unit=$(cat "$work/unit")
if [[ $1 = look ]]; then
  # A join that is at work writes itself.
  exec 8<"$STATE"
  flock -n 8 || exit 0
fi
keep_hosts
keep_closed
[[ $1 = look ]] && has_settled || exit 0
keep_rules
[[ ! -e $work/rules ]] || keep_names
