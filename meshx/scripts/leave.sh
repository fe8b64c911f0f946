#!/usr/bin/env bash
# Takes a machine out of the mesh and makes it what it was before. On a machine that never joined, or has left already,
# it does nothing; killed half-way, it goes on where it was. Ends with 3, and nothing changed, where it could not write.
# Beside it: unit (name), package (name), companions.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/family/family.sh
. "$work/family.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/packet_rules.sh
. "$work/packet_rules.sh"
# shellcheck source=meshx/scripts/before.sh
. "$work/before.sh"
# shellcheck source=meshx/scripts/node_agent.sh
. "$work/node_agent.sh"
# shellcheck source=meshx/scripts/unit_settings.sh
. "$work/unit_settings.sh"
# shellcheck source=meshx/scripts/agent/agent_program.sh
. "$work/agent_program.sh"
# shellcheck source=meshx/scripts/token_renewal.sh
. "$work/token_renewal.sh"
# shellcheck source=meshx/scripts/upkeep/upkeep_units.sh
. "$work/upkeep_units.sh"
# shellcheck source=meshx/scripts/when_down/when_down.sh
. "$work/when_down.sh"
# shellcheck source=meshx/scripts/way_back/way_back.sh
. "$work/way_back.sh"
# shellcheck source=meshx/scripts/writes.sh
. "$work/writes.sh"

unit=$(cat "$work/unit")
read -r package _ <"$work/package"

stop_unit() {
  if [[ ! $(cat "$BEFORE/enabled") = enabled ]] && systemctl is-enabled --quiet "$unit" 2>/dev/null; then
    systemctl disable --quiet "$unit"
  fi
  # The unit's own end takes its packet rules away; systemd does it even if this session is lost.
  timeout 60 systemctl stop "$unit" 2>/dev/null || timeout 10 systemctl kill -s KILL "$unit" 2>/dev/null || true
  systemctl reset-failed "$unit" 2>/dev/null || true
}

# A table that was not there before and holds nothing goes too: restoring one from nothing deletes it (iptables,
# nft.c, nft_table_flush). Only nftables lets go of one; the legacy backend keeps it, empty, until the next boot.
clear_tables() {
  local filter table
  while read -r filter table; do
    [[ $filter = *-nft ]] || continue
    grep -qxF "$filter $table" "$BEFORE/tables" && continue
    # Somebody has put something there since, by the program nft.
    "$filter-save" 2>/dev/null | grep -q "^# Table \`$table' contains incompatible" && continue
    # Chains without rules that are the backend's own, and let all pass, are all that may be left.
    table_rules "$filter" "$table" | grep -qE '^-A|^:[^ ]+ (-|DROP)' && continue
    printf '*%s\nCOMMIT\n' "$table" | "$filter-restore" 2>/dev/null || true
  done < <(list_tables)
}

# In tables that were there before, the chains that iptables made for the sidecar's rules go, where they are empty.
clear_chains() {
  local family table chain
  while read -r family table chain; do
    case $chain in PREROUTING | INPUT | FORWARD | OUTPUT | POSTROUTING) ;; *) continue ;; esac
    grep -qxF "$family $table $chain" "$BEFORE/chains" && continue
    # Five lines: table, chain, its place, and two ends.
    [[ $(nft list chain "$family" "$table" "$chain" 2>/dev/null | wc -l) != 5 ]] ||
      nft delete chain "$family" "$table" "$chain" 2>/dev/null || true
  done < <(list_chains)
}

# The start adds this address for IPv6, as the sender of what comes in, and nothing takes it away (istio:
# tools/common/tproxy/run_linux.go).
clear_address() {
  [[ $(cat "$BEFORE/active") = active ]] || ip -6 address del ::6/128 dev lo 2>/dev/null || true
}

remove_package() {
  [[ -s $BEFORE/package ]] && { say "package $package was there before and stays"; return 0; }
  clear_cut_short
  [[ -z $(package_status "$package") ]] && return 0
  remove_package_named "$package" || {
    echo "the package $package could not be removed; the reason stands above" >&2
    exit 4
  }
}

resume_unit() {
  if [[ $(cat "$BEFORE/active") = active ]]; then
    systemctl restart --no-block "$unit"
    say "unit $unit ran before and runs again"
  fi
}

rm -rf "$STATE/before.new"
if [[ ! -d $BEFORE ]]; then
  rm -rf "$STATE"
  exit 0
fi
check_writes "$([[ -s $BEFORE/package ]] || echo yes)"
[[ $problems = 0 ]] || exit 3
remove_way_back
remove_upkeep
remove_renewal
stop_unit
stop_companions
clear_rules
stop_tracking
keep_ipv6_rules give-back
clear_tables
clear_chains
clear_address
remove_package
restore_files
restore_user
restore_hosts
remove_unit_settings
rm -rf "$AGENT_FOLDER"
remove_when_down
resume_companions
resume_unit
rm -rf "$STATE"
say "left"
