#!/usr/bin/env bash
# Prints what a machine really has, one fact a line: a key and its value in base64. Changes nothing.
# Asked by the files beside it: wanted/paths, wanted/names, wanted/unit, wanted/package, wanted/account,
# for a node agent by wanted/modes, wanted/companions and wanted/readiness, and by what when_down.sh names.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/family/family.sh
. "$work/family.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/packet_rules.sh
. "$work/packet_rules.sh"
# shellcheck source=meshx/scripts/joined_by.sh
. "$work/joined_by.sh"
# shellcheck source=meshx/scripts/node_agent.sh
. "$work/node_agent.sh"
# shellcheck source=meshx/scripts/unit_settings.sh
. "$work/unit_settings.sh"
# shellcheck source=meshx/scripts/agent/agent_program.sh
. "$work/agent_program.sh"
# shellcheck source=meshx/scripts/envoy_readiness.sh
. "$work/envoy_readiness.sh"
# shellcheck source=meshx/scripts/token_renewal.sh
. "$work/token_renewal.sh"
# shellcheck source=meshx/scripts/upkeep/upkeep_units.sh
. "$work/upkeep_units.sh"
# shellcheck source=meshx/scripts/when_down/when_down.sh
. "$work/when_down.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"
# shellcheck source=meshx/scripts/upkeep/writers.sh
. "$work/writers.sh"

readonly NAMES_SECONDS=15
# For node_agent.sh; before.sh is not asked here.
readonly BEFORE=$STATE/before

observe_machine() {
  value machine-id "$(cat /etc/machine-id 2>/dev/null || true)"
  value host-name "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
  value time "$(date +%s)"
  value joined "$([[ -d $STATE ]] && echo yes || echo no)"
  value joined-as "$(cat "$JOINED_AS" 2>/dev/null || true)"
  value recorded-id "$(cat "$JOINED_ID" 2>/dev/null || true)"
}

# In its own folder only root reads, and only root writes.
content_of() {
  if [[ $1 = "$STATE"/* ]]; then head -c "$LARGEST_FILE" "$1"; else plain "$1"; fi
}

observe_files() {
  local path number=0
  while IFS= read -r path; do
    # Of a machine that was joined by hand, or by an earlier meshx.
    [[ $path != "$SETTINGS/cluster.env" || -e $path ]] || path=$FORMER_SETTINGS/cluster.env
    if [[ -f $path && ! -L $path ]]; then
      value "file.$number.owner" "$(stat -c '%U:%G' "$path")"
      value "file.$number.mode" "0$(stat -c '%a' "$path")"
      content_of "$path" | fact "file.$number.content" || true
    fi
    number=$((number + 1))
  done <"$work/wanted/paths"
}

# A name without a line is looked up nowhere else: name servers may take their time to answer, or know it otherwise.
observe_names() {
  local name number=0 answer
  while IFS= read -r name; do
    answer=$(resolved "$name" -s files)
    if [[ -n $answer ]] && ((SECONDS < NAMES_SECONDS)); then answer=$(resolved "$name"); fi
    value "name.$number" "$answer"
    number=$((number + 1))
  done <"$work/wanted/names"
}

observe_own_lines() {
  own_hosts_lines "$(hostname)" | fact names.own
}

observe_unit() {
  local unit
  unit=$(cat "$work/wanted/unit")
  value unit.enabled "$(systemctl is-enabled "$unit" 2>/dev/null || true)"
  value unit.active "$(systemctl is-active "$unit" 2>/dev/null || true)"
  value unit.restart "$([[ -e $STATE/restart-waits ]] && echo waits || true)"
}

observe_package() {
  local sha256='' version='' mark='' status
  [[ -r $STATE/package ]] && read -r sha256 version mark <"$STATE/package"
  status=$(package_status "$(cat "$work/wanted/package")")
  value package.status "$status"
  value package.kind "$FAMILY/$(system_architecture 2>/dev/null || true)"
  value package.sha256 "$sha256"
  value package.recorded-version "$version"
  value package.touched "$([[ -z $mark || $mark = "$(binaries_mark)" ]] && echo no || echo yes)"
}

observe_rules() {
  value rules.recorded "$(cat "$STATE/rules" 2>/dev/null || true)"
  value rules.ipv4 "$(rules_in_place iptables && echo yes || echo no)"
  value rules.ipv6 "$(rules_in_place ip6tables && echo yes || echo no)"
}

# Of the token only its end leaves the machine, and whether it is the wanted account's.
observe_token() {
  local payload claims account
  payload=$(plain "$TOKEN" | cut -d . -f 2 | tr -- '-_' '+/' | tr -d '\n') || return 0
  while ((${#payload} % 4)); do payload+='='; done
  claims=$(base64 -d <<<"$payload" 2>/dev/null) || return 0
  account=$(cat "$work/wanted/account")
  if grep -q "\"sub\":\"system:serviceaccount:$account\"" <<<"$claims"; then
    value token.end "$(grep -o '"exp":[0-9]*' <<<"$claims" | cut -d : -f 2)"
  fi
}

observe_certificate() {
  if [[ -s $CERTIFICATES/cert-chain.pem && -s $CERTIFICATES/key.pem ]]; then
    plain "$CERTIFICATES/cert-chain.pem" | fact certificate || true
  fi
}

# The proxy's own answer: 200 once it has its configuration from istiod and its listeners work.
# Envoy answers 426 to HTTP/1.0.
observe_readiness() {
  local answer=''
  # Of a machine of the former line its own answer counts.
  if [[ -e $work/wanted/readiness || -n $(observe_retiring) ]]; then
    value ready "$(envoy_readiness || true)"
    return 0
  fi
  # On a machine that has IPv6 alone it listens by that alone (istio: pkg/bootstrap/config.go).
  answer=$(timeout 2 bash -c '
    exec 3<>/dev/tcp/127.0.0.1/15021 || exec 3<>/dev/tcp/::1/15021
    printf "GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3
    head -n 1 <&3' 2>/dev/null) || true
  value ready "$(cut -d ' ' -f 2 <<<"$answer" | tr -d '\r')"
}

observe_log() {
  [[ -f $work/wanted/log ]] || return 0
  { last_lines 500 /var/log/istio/istio.err.log; last_lines 500 /var/log/istio/istio.log; } |
    grep -aE '\b(error|fatal|warn|critical)\b' | tail -n 3 | cut -c 1-400 | fact log || true
}

observe_machine
observe_joined_by
observe_files
observe_names
observe_own_lines
observe_unit
observe_settings
observe_upkeep
observe_way_back
observe_modes
observe_companions
observe_retiring
observe_package
observe_rules
observe_when_down
observe_token
observe_renewal
observe_certificate
observe_readiness
observe_log
