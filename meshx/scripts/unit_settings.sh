# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh and node_agent.sh set what is used here
# What the sidecar's unit gets beside the package's own settings, by a file of meshx.

settings_file() {
  printf '/etc/systemd/system/%s.service.d/meshx.conf' "$1"
}

# What the package leaves out. The unit starts before there is an address and fails, to be tried anew after 10 s. And
# left to itself pilot-agent tries the legacy packet filter, finds the table of its own trial on the second call, and
# stays with it (istio: tools/istio-iptables/pkg/dependencies, DetectIptablesVersion), on nftables machines too.
# The argument is the file that names the units beside the proxy's, if there are any.
unit_settings() {
  echo '[Service]'
  echo "ExecStartPre=/bin/bash -c 'for _ in {1..60}; do [[ -n \$\$(hostname -I) ]] && exit 0; sleep 0.5; done'"
  if uses_nftables; then echo "Environment=FORCE_IPTABLES_BINARY=nft"; fi
  ipv6_settings "$1"
}

uses_nftables() {
  [[ $(iptables --version 2>/dev/null) = *nf_tables* ]] && command -v iptables-nft >/dev/null
}

# Of a machine that has joined: what of this is not as it was put there, in words; nothing where all of it is.
observe_settings() {
  local file
  [[ -d $STATE ]] || return 0
  file=$(settings_file "$(cat "$work/wanted/unit")")
  if [[ ! -e $file ]]; then
    value unit.settings "$file is missing"
  elif ! cmp -s "$file" <(unit_settings "$work/wanted/companions"); then
    value unit.settings "$file has another content"
  elif [[ -e $work/wanted/companions ]] && ! cmp -s "$work/ipv6_rules.sh" "$IPV6_RULES"; then
    value unit.settings "$IPV6_RULES is not what it should be"
  fi
}
