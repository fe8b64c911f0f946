#!/usr/bin/env bash
# Brings a machine into the mesh, or back to what the bundle says: only what differs is touched.
# Beside it: what folders.sh, node_agent.sh, token_renewal.sh, way_back.sh and version_order.sh ask for,
# files.tsv (owner, mode, path of files/N), hosts ("address name"), unit (name), package (name, SHA-256), perhaps
# disk/package (its file), joined-as (the machine's name in its stack), joined-by (that stack, and its cluster), token,
# closed-ports ("8080, 9090"), reset-certificate (the identity on the machine is to be given up), restart (in any case),
# hold-restart (of a unit that runs: all but its restart is done, for callers are to be told first), has-turn (they are told
# now: a machine with a way back arms its switch for that), and check-only
# (nothing is changed).
# Prints a line for each thing changed. Ends with 3 if the machine is unfit, 10 if the package must be delivered, both with
# nothing changed; 5 if something cannot be written, 11 if a node agent gets no certificate.
set -euo pipefail
# shellcheck source=meshx/scripts/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"
# shellcheck source=meshx/scripts/family/family.sh
. "$work/family.sh"
# shellcheck source=meshx/scripts/proxy_user.sh
. "$work/proxy_user.sh"
# shellcheck source=meshx/scripts/packet_rules.sh
. "$work/packet_rules.sh"
# shellcheck source=meshx/scripts/checks.sh
. "$work/checks.sh"
# shellcheck source=meshx/scripts/before.sh
. "$work/before.sh"
# shellcheck source=meshx/scripts/joined_by.sh
. "$work/joined_by.sh"
# shellcheck source=meshx/scripts/folders.sh
. "$work/folders.sh"
# shellcheck source=meshx/scripts/writes.sh
. "$work/writes.sh"
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
# shellcheck source=meshx/scripts/version_order.sh
. "$work/version_order.sh"

readonly PACKAGE_FILE=$work/disk/package
unit=$(cat "$work/unit")
read -r package wanted_sha256 <"$work/package"

package_is_wanted() {
  local sha256 version mark
  [[ -r $STATE/package ]] || return 1
  read -r sha256 version mark <"$STATE/package"
  [[ $sha256 = "$wanted_sha256" && $(package_status "$package") = "ii  $version" && $mark = "$(binaries_mark)" ]]
}

# Whether others have installed this very package: its version, and each of its files but those to be edited.
package_is_there() {
  local different
  [[ $(package_status "$package") = "ii  $(package_version "$PACKAGE_FILE")" ]] || return 1
  different=$(differing_files "$PACKAGE_FILE") && [[ -z $different ]]
}

record_package() {
  printf '%s %s %s\n' "$wanted_sha256" "$1" "$(binaries_mark)" >"$STATE/package.new"
  mv "$STATE/package.new" "$STATE/package"
}

install_package() {
  local old version
  package_is_wanted && return 0
  old=$(package_status "$package")
  if package_is_there; then
    record_package "${old#ii  }"
    say "package $package ${old#ii  } is there already"
    return 0
  fi
  install_package_file "$PACKAGE_FILE" || {
    echo "the package could not be installed; the reason stands above ($DEPENDENCIES)" >&2
    exit 4
  }
  version=$(package_status "$package")
  version=${version#ii  }
  record_package "$version"
  say "package $package $version installed${old:+, where \"$old\" was}"
}

place_files() {
  local owner mode path number=0
  while IFS=$'\t' read -r owner mode path; do
    if began_with_another "$work/files/$number" "$path"; then rm -f "$STATE/started"; fi
    if place "$owner" "$mode" "$work/files/$number" "$path"; then say "file $path"; fi
    number=$((number + 1))
  done <"$work/files.tsv"
}

is_there() {
  if [[ $2 = "$STATE"/* ]]; then cmp -s "$1" "$2"; else cmp -s "$1" <(plain "$2"); fi
}

# Whether the unit, as it runs now, was started after somebody had changed that file: then it runs with the change. Not of
# certificates: the agent itself writes the root that it got there, in its own form and in the second of its start.
began_with_another() {
  local wanted=$1 path=$2 began
  [[ $path != "$CERTIFICATES"/* ]] || return 1
  [[ -f $path && ! -L $path ]] && ! is_there "$wanted" "$path" || return 1
  began=$(systemctl show -p ActiveEnterTimestamp "$unit" 2>/dev/null | cut -d = -f 2)
  [[ -n $began && $(stat -c %Y "$path") -le $(date -d "$began" +%s) ]]
}

place_identity() {
  if [[ -e $work/reset-certificate ]]; then
    as_proxy rm -f "$CERTIFICATES/key.pem" "$CERTIFICATES/cert-chain.pem" "$TOKEN"
    rm -f "$STATE/started"
    say "certificate given up"
  fi
  if [[ -e $work/token ]]; then
    # The first folder is made by the unit too, with this owner (istio.service, ExecStartPre).
    own_folder "$PROXY_USER:root" 0755 /run/secrets || true
    # shellcheck disable=SC2016 # the inner shell puts its own argument there
    as_proxy bash -c '[[ ! -L $1 ]] || rm -f "$1"; install -d -m 0700 "$1"' bash "${TOKEN%/*}" || cannot_write "${TOKEN%/*}"
    place "$PROXY_USER:$PROXY_USER" 0400 "$work/token" "$TOKEN" || true
    say "token"
  fi
}

# The start script runs sudo, which looks the machine's own name up; captured name look-ups answer nothing yet then, and
# without a line of its own the start takes 20 s longer.
place_names() {
  rendered_hosts "$work/hosts" "$(hostname)" >"$work/hosts.rendered"
  if replace_content "$work/hosts.rendered" "$HOSTS"; then say "hosts"; fi
}

# By the resolver itself: something else may answer before the file does, or keep a former answer for some seconds.
verify_names() {
  local address name answer attempt
  while read -r address name; do
    for attempt in $(seq 1 10); do
      answer=$(resolved "$name")
      [[ $answer != "$(resolved "$address")" ]] || continue 2
      [[ $attempt = 10 ]] || sleep 0.5
    done
    echo "$name leads to ${answer:-no address} on the machine, though /etc/hosts has $address: see what answers before that file by the line \`hosts:' of /etc/nsswitch.conf" >&2
    exit 5
  done <"$work/hosts"
}

wait_for_rules() {
  local attempt
  for attempt in $(seq 1 80); do
    # Those of IPv6 come right after the others, and not at all where the machine's first address is one of IPv4.
    if rules_in_place iptables && { [[ $attempt = 80 ]] || ! is_told_ipv6 || rules_in_place ip6tables; }; then
      echo "ipv4$(rules_in_place ip6tables && echo ' ipv6')" >"$STATE/rules"
      return 0
    fi
    [[ $attempt = 80 ]] || sleep 0.1
  done
  say "no packet rules yet"
}

# What a sidecar runs with, once it is started.
started_mark() {
  (cat "$STATE/package" && cd "$work/files" && sha256sum -- *) | sha256sum | cut -d ' ' -f 1
}

start_unit() {
  local mark active
  local -a settings
  mark=$(started_mark)
  systemctl is-enabled --quiet "$unit" 2>/dev/null || { systemctl enable --quiet --no-reload "$unit" && say "unit enabled"; }
  [[ ! -e $work/restart ]] || rm -f "$STATE/started"
  active=$(systemctl is-active "$unit" 2>/dev/null || true)
  if [[ $active = active && $(cat "$STATE/started" 2>/dev/null) = "$mark" ]]; then
    # For what is not wanted any more.
    rm -f "$STATE/restart-waits"
    rules_stand && return 0
    clear_rules
    keep_sessions
    wait
    # Only the rules are gone: setting them again leaves the proxy and its connections alone.
    if uses_nftables; then export FORCE_IPTABLES_BINARY=nft; fi
    keep_ipv6_rules before-start
    mapfile -t settings < <(start_settings)
    (cd / && env "${settings[@]}" timeout 30 "$BINARIES/istio-start.sh" init) >"$work/rules.out" 2>&1 || tail -n 3 "$work/rules.out" >&2
    keep_ipv6_rules after-start
    say "packet rules"
  elif [[ $active = active && -e $work/hold-restart ]]; then
    touch "$STATE/restart-waits"
    say "restart waits"
    return 0
  else
    # With other settings the sidecar would not find its former rules again, and would fail over them.
    timeout 60 systemctl stop "$unit" || true
    clear_rules
    retire_ipv6_rules
    keep_sessions
    systemctl daemon-reload
    wait
    # Detached: systemd goes on whatever becomes of this session.
    systemctl start --no-block "$unit"
    echo "$mark" >"$STATE/started"
    rm -f "$STATE/restart-waits"
    say "unit started"
  fi
  wait_for_rules
}

take_kept_package
check_way_back
check_version_order
# What is put back was there before, and every moment counts.
[[ -e $work/goes-back ]] || check_machine "$PACKAGE_FILE" "$wanted_sha256"
[[ -e $PACKAGE_FILE ]] || { package_is_wanted && [[ ! -e $work/way-back ]]; } || exit 10
[[ ! -e $work/check-only ]] || exit 0
record_before "$unit" "$package"
begin_trial
close_folders
install_package
place_folders
take_over_settings
place_agent_program
place_files
retire_companions
place_identity
place_key_material
# Not before a key of another machine has gone.
if [[ -e $work/joined-as ]]; then cp "$work/joined-as" "$JOINED_AS"; fi
record_joined_by
cat /etc/machine-id >"$JOINED_ID"
# Upkeep leaves everything alone meanwhile.
exec 8<"$STATE"
flock -w 60 8
place_upkeep
place_names
verify_names
place_unit_settings
start_companions
verify_companions
place_renewal
place_when_down
start_unit
remove_agent_program
