# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # machine.sh and family.sh set what is used here
# What a machine must have before anything on it is changed. Every problem is found, each with its remedy.

readonly HOSTS_KNOWN_SECONDS=90

check_system() {
  [[ -d /run/systemd/system ]] || problem "systemd does not run here, and the sidecar is a systemd unit: boot with systemd"
  local tool version
  # `StandardInput=file:' of meshx-logs.service.
  version=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print $2 + 0 }') || true
  [[ -z $version || $version -ge 236 ]] || problem "systemd is $version, and meshx's units need 236 or later: use a newer system"
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) ||
    problem "bash is $BASH_VERSION, and meshx's scripts need 4.4 or later: use a newer system"
  for tool in iptables sudo hostname; do
    command -v "$tool" >/dev/null || problem "$tool is missing: $INSTALL $tool"
  done
  # istio-start.sh hands the proxy its settings by `sudo -E' (sudo-rs: src/sudo/cli/mod.rs).
  [[ $(sudo --version 2>&1) != sudo-rs* ]] ||
    problem "sudo is sudo-rs, which ignores -E, so that the sidecar would start without its settings: take the original (on Ubuntu: update-alternatives --set sudo /usr/bin/sudo.ws)"
  [[ ! -d $work/renewal ]] || command -v curl >/dev/null ||
    problem "curl is missing, by which the machine renews its token: $INSTALL curl"
}

# Processors are compared by the package itself, which is here only when it is to be installed.
check_package() {
  local file=$1 wanted=$2 here of
  [[ -e $file ]] || return 0
  if [[ $(sha256sum "$file" | cut -d ' ' -f 1) != "$wanted" ]]; then
    problem "the package arrived with another SHA-256 than $wanted: correct sidecar.sha256, or take the right package"
    return 0
  fi
  here=$(system_architecture 2>/dev/null) || return 0
  of=$(package_family "$file")
  if [[ $of != "$FAMILY" ]]; then
    of=${of:+a .$of}
    problem "the package is ${of:-neither a .deb nor a .rpm}, and this machine takes a .$FAMILY: name Istio's istio-sidecar.$FAMILY for it, as sidecar.$FAMILY.$here"
    return 0
  fi
  of=$(package_architecture "$file")
  [[ $of = "$here" || $of = all ]] ||
    problem "the package is for $of and this machine is $here: name Istio's package for $here under the machine's sidecar"
}

# By the first bytes of a file (deb(5), and rpm's lead).
package_family() {
  case $(head -c 4 "$1" | od -An -tx1 | tr -d ' \n') in
    213c6172) echo deb ;;
    edabeedb) echo rpm ;;
  esac
}

# Of 1.4.0 to 1.4.3: the start script calls programs that the package has under other names (istio issue 19615).
check_start_script() {
  local package=$1 helper script files
  [[ -e $package ]] && script=$(package_content "$package" /usr/local/bin/istio-start.sh) || return 0
  # All of it first: grep ends at what it finds, and who writes fails where nobody reads on.
  files=$(package_files "$package") || return 0
  for helper in istio-iptables istio-clean-iptables; do
    if grep -qE "/$helper([\" ]|\$)" <<<"$script" && ! grep -qx "/usr/local/bin/$helper" <<<"$files"; then
      problem "the package's istio-start.sh calls $helper, which the package lacks, as those of Istio 1.4.0 to 1.4.3 do: take the package of 1.4.4 or later"
    fi
  done
}

# The start script of 1.4.4 to 1.4.10 fails without a chain in IPv6's table nat (ipv6_rules.sh), where Linux knows none.
check_ipv6_nat() {
  local package=$1 files
  [[ -e $package ]] && files=$(package_files "$package") || return 0
  grep -qx '/usr/local/bin/istio-clean-iptables.sh' <<<"$files" || return 0
  ip6tables -w 5 -t nat -S >/dev/null 2>&1 ||
    problem "ip6tables has no table nat here, without which the start script of Istio 1.4 fails: let Linux have IPv6 (no ipv6.disable=1 at boot; ip6table_nat among its modules), or take the package of 1.3"
}

check_space() {
  local package=$1 needed=16384 size target folder free
  if [[ -e $package ]]; then
    # A package need not say its size.
    size=$(package_size "$package")
    needed=$((needed + ${size:-262144}))
  fi
  # Where the package's programs go may be a file system of its own.
  target=$BINARIES
  until [[ -d $target ]]; do target=$(dirname "$target"); done
  for folder in "$target" /var /etc; do
    free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
    ((free >= needed)) ||
      problem "only $((free / 1024)) MiB are free under $folder and $((needed / 1024)) are needed: make room"
  done
}

# The process that holds a socket, by its inode: "name (process 123)".
holder() {
  local descriptor
  for descriptor in /proc/[0-9]*/fd/*; do
    if [[ $(readlink "$descriptor" 2>/dev/null) = "socket:[$1]" ]]; then
      descriptor=${descriptor#/proc/}
      printf '%s (process %s)' "$(cat "/proc/${descriptor%%/*}/comm")" "${descriptor%%/*}"
      return 0
    fi
  done
  printf 'another program'
}

# The ports of Envoy and of the agent (istio.io, Application Requirements, Ports used by Istio). What the sidecar's own
# user holds is an older join's.
check_ports() {
  local own port uid inode
  own=$(id -u "$PROXY_USER" 2>/dev/null || echo none)
  while read -r port uid inode; do
    [[ $uid = "$own" ]] || problem "port $port, which the sidecar needs, is held by $(holder "$inode"): stop it or move it"
  done < <(
    for port in 15000 15001 15004 15006 15020 15021 15053 15090; do
      hex=$(printf '%04X' "$port")
      awk -v hex=":$hex\$" -v port="$port" '$4 == "0A" && $2 ~ hex { print port, $8, $10 }' \
        /proc/net/tcp /proc/net/tcp6 2>/dev/null || true
    done
  )
}

# By these tables the sidecar captures connections and look-ups (istio: tools/istio-iptables/pkg/capture/run.go).
check_packet_filters() {
  local family table
  while read -r family table; do
    case $table in nat | raw | mangle) ;; *) continue ;; esac
    problem "the nftables table \`$family $table' has chains of iptables' names that iptables cannot share, and the sidecar's rules are set by iptables: give that table another name in the machine's own rules"
  done < <(unshared_tables)
}

# What the sidecar redirects, firewalld takes for a forwarded port, and accepts since 0.7. From 2.3 on it may be told to refuse
# those that are not its own (firewalld: src/firewall/core/nftables.py, _build_default_rules_dnat).
check_firewall() {
  local settings=/etc/firewalld/firewalld.conf
  systemctl is-active --quiet firewalld 2>/dev/null || return 0
  ! grep -qiE '^[[:space:]]*StrictForwardPorts[[:space:]]*=[[:space:]]*(yes|true)' "$settings" 2>/dev/null ||
    problem "firewalld refuses the calls that the sidecar redirects to itself: write StrictForwardPorts=no into $settings, and \`firewall-cmd --reload'"
}

# Without it, what stands in /etc/hosts leads nobody anywhere. systemd's resolver reads that file as well.
check_resolver() {
  local order
  order=$(grep -m 1 -E '^[[:space:]]*hosts:' /etc/nsswitch.conf 2>/dev/null) || return 0
  [[ $order =~ [[:space:]](files|resolve)([[:space:]]|$) ]] ||
    problem "the resolver does not read /etc/hosts, by which the sidecar finds the mesh: write \`files' first in the line \`hosts:' of /etc/nsswitch.conf"
}

# The hosts that the agent asks the machine's name servers for: of istiod and of the CA, where settings name them and /etc/hosts
# does not.
asked_hosts() {
  local number host
  awk -F '\t' '$3 ~ "/(mesh|cluster.env)$" { print NR - 1 }' "$work/files.tsv" | while read -r number; do
    sed -nE "s/^(  discoveryAddress: |CA_ADDR=)'?([A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*):[0-9]+'?\$/\2/p" "$work/files/$number"
  done | sort -u | while read -r host; do
    awk -v host="$host" '$2 == host { found = 1 } END { exit !found }' "$work/hosts" || echo "$host"
  done
}

# check_hosts SECONDS: how long a load balancer's name, which may be new, has to get known. The sidecar's own look-ups go past
# its capture, which answers nothing while it is down.
check_hosts() {
  local host deadline=$((SECONDS + $1))
  while read -r host; do
    until as_proxy timeout 3 getent ahosts "$host" >/dev/null 2>&1; do
      if ((SECONDS >= deadline)); then
        problem "no name server of this machine knows $host, by which the sidecar finds the mesh: see \`getent hosts $host' and /etc/resolv.conf, or correct the gateway's name"
        break
      fi
      sleep 2
    done
  done < <(asked_hosts)
}

check_units() {
  local name
  for name in "$unit" $(cat "$work/companions" 2>/dev/null); do
    [[ $(systemctl is-enabled "$name" 2>/dev/null) != masked* ]] ||
      problem "unit $name is masked, so nothing can start it: systemctl unmask $name"
  done
}

# Where the workload's ports are to be closed while the sidecar is down (when_down.sh).
check_when_down() {
  [[ -e $work/closed-ports ]] || return 0
  if ! command -v nft >/dev/null; then
    problem "nft is missing, which \`whenDown: closed' needs: $INSTALL nftables"
    return 0
  fi
  closed_rules >"$work/closed.nft"
  nft --check -f "$work/closed.nft" 2>"$work/nft.err" ||
    problem "nftables does not take the rules of \`whenDown: closed' ($(tail -n 1 "$work/nft.err")): let Linux have nf_tables and nft_reject_inet, or write \`whenDown: open'"
}

# Ends the run with status 3 if anything was found.
check_machine() {
  local package=$1 wanted=$2
  check_system
  check_family "$package"
  check_package "$package" "$wanted"
  [[ ! -e $work/companions ]] || check_start_script "$package"
  check_space "$package"
  check_writes "$([[ ! -e $package ]] || echo yes)"
  check_resolver
  check_units
  check_ports
  check_packet_filters
  check_firewall
  check_when_down
  check_hosts $((problems ? 0 : HOSTS_KNOWN_SECONDS))
  # The last one, and only on a machine that is fit otherwise: with the legacy backend asking makes the table.
  [[ $problems != 0 || ! -e $work/companions ]] || check_ipv6_nat "$package"
  [[ $problems = 0 ]] || exit 3
}
