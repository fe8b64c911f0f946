# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh and node_agent.sh set what is used here
# What the sidecar's unit, and the node agent's, get beside the package's own settings, by a file of meshx for each; and the
# settings that their start scripts read.

settings_file() {
  printf '/etc/systemd/system/%s.service.d/meshx.conf' "$1"
}

# The start scripts source these as root. Without these names they take files in a folder that the package gives to the proxy
# (istio: tools/packaging/common/istio-start.sh; until 1.4 istio-node-agent-start.sh, until 1.2 istio-iptables.sh as well).
start_settings() {
  echo "ISTIO_CLUSTER_CONFIG=$SETTINGS/cluster.env"
  echo "ISTIO_SIDECAR_CONFIG=$SETTINGS/sidecar.env"
}

# unit_settings FILE: what the package leaves out. The unit starts before there is an address and fails, to be tried anew
# after 10 s. And left to itself pilot-agent tries the legacy packet filter, finds the table of its own trial on the second
# call, and stays with it (istio: tools/istio-iptables/pkg/dependencies, DetectIptablesVersion), on nftables machines too.
# The file names the units beside the proxy's, if there are any.
unit_settings() {
  companion_settings
  echo "ExecStartPre=/bin/bash -c 'for _ in {1..60}; do [[ -n \$\$(hostname -I) ]] && exit 0; sleep 0.5; done'"
  if uses_nftables; then echo "Environment=FORCE_IPTABLES_BINARY=nft"; fi
  ipv6_settings "$1"
}

companion_settings() {
  echo '[Service]'
  start_settings | sed 's/^/Environment=/'
}

uses_nftables() {
  [[ $(iptables --version 2>/dev/null) = *nf_tables* ]] && command -v iptables-nft >/dev/null
}

place_unit_settings() {
  local name changed=no
  unit_settings "$work/companions" >"$work/unit-settings"
  companion_settings >"$work/companion-settings"
  place_ipv6_rules
  only_files_moved || rm -f "$STATE/started"
  if place root:root 0644 "$work/unit-settings" "$(settings_file "$unit")"; then changed=yes; fi
  while IFS= read -r name; do
    if place root:root 0644 "$work/companion-settings" "$(settings_file "$name")"; then changed=yes; fi
  done < <(cat "$work/companions" 2>/dev/null)
  # What starts from here on reads the new files, so the former one can go.
  if [[ $changed = yes ]]; then
    systemctl daemon-reload
    say "unit settings"
  fi
  rm -f "$FORMER_SETTINGS/cluster.env"
}

# Whether the unit's settings are what they should be, or those of an earlier meshx, by which the unit has read the same from
# another place: no reason to start it anew.
only_files_moved() {
  local now
  now=$(settings_file "$unit")
  cmp -s "$work/unit-settings" "$now" || {
    [[ -e $FORMER_SETTINGS/cluster.env ]] && cmp -s <(grep -v '^Environment=ISTIO_' "$work/unit-settings") "$now"
  }
}

# What an administrator wrote into the package's own file counts on, where it is root's: once, for then root reads another.
take_over_settings() {
  local theirs=$FORMER_SETTINGS/sidecar.env
  [[ ! -e $SETTINGS/sidecar.env ]] || return 0
  : >"$work/sidecar.env"
  if [[ -f $theirs && ! -L $theirs && $(stat -c '%U %h %a' "$theirs") = 'root 1 '?[0145][0145] ]]; then
    cat "$theirs" >"$work/sidecar.env"
  elif plain "$theirs" | grep -qsE '^[[:space:]]*[^#[:space:]]'; then
    say "what $theirs sets counts no more, since it is not root's: set it in $SETTINGS/sidecar.env"
  fi
  place root:root 0644 "$work/sidecar.env" "$SETTINGS/sidecar.env"
}

remove_unit_settings() {
  local name
  for name in "$unit" $(cut -d ' ' -f 1 "$BEFORE/companions" 2>/dev/null); do
    rm -f "$(settings_file "$name")"
    # Others may have settings of theirs there.
    rmdir "$UNITS/$name.service.d" 2>/dev/null || true
  done
  systemctl daemon-reload
}

# Of a machine that has joined: what of this is not as it was put there, in words; nothing where all of it is.
observe_settings() {
  local unit name file words=""
  [[ -d $STATE ]] || return 0
  unit=$(cat "$work/wanted/unit")
  for name in "$unit" $(cat "$work/wanted/companions" 2>/dev/null); do
    file=$(settings_file "$name")
    if [[ ! -e $file ]]; then
      words="$file is missing"
    elif [[ $name = "$unit" ]]; then
      cmp -s "$file" <(unit_settings "$work/wanted/companions") || words="$file has another content"
    else
      cmp -s "$file" <(companion_settings) || words="$file has another content"
    fi
  done
  if [[ -z $words && -e $work/wanted/companions ]] && ! cmp -s "$work/ipv6_rules.sh" "$IPV6_RULES"; then
    words="$IPV6_RULES is not what it should be"
  fi
  [[ -n $words ]] || words=$(agent_program_trouble)
  [[ -z $words ]] || value unit.settings "$words"
}
