# shellcheck shell=bash
# shellcheck disable=SC2154 # machine.sh sets what is used here
# What a machine must have before anything on it is changed. Every problem is found, each with its remedy.

check_system() {
  if ! command -v dpkg >/dev/null; then
    if command -v rpm >/dev/null; then
      problem "this is an RPM system, and meshx installs Debian packages only: use a Debian or Ubuntu machine"
    else
      problem "there is no dpkg: use a Debian or Ubuntu machine"
    fi
  fi
  [[ -d /run/systemd/system ]] || problem "systemd does not run here, and the sidecar is a systemd unit: boot with systemd"
  local tool package
  while read -r tool package; do
    command -v "$tool" >/dev/null || problem "$tool is missing: apt-get install -y $package"
  done <<'END'
iptables iptables
sudo sudo
hostname hostname
END
  # Its package makes the proxy's user by this and does not name it among what it depends on.
  [[ ! -e $work/companions ]] || command -v adduser >/dev/null ||
    problem "adduser is missing, by which the package makes its user: apt-get install -y adduser"
  [[ ! -d $work/renewal ]] || command -v curl >/dev/null ||
    problem "curl is missing, by which the machine renews its token: apt-get install -y curl"
}

# Processors are compared by the package itself, which is here only when it is to be installed.
check_package() {
  local package=$1 wanted=$2 here
  [[ -e $package ]] || return 0
  if [[ $(sha256sum "$package" | cut -d ' ' -f 1) != "$wanted" ]]; then
    problem "the package arrived with another SHA-256 than $wanted: correct sidecar.sha256, or take the right package"
    return 0
  fi
  command -v dpkg >/dev/null || return 0
  here=$(dpkg --print-architecture)
  package=$(dpkg-deb -f "$package" Architecture 2>/dev/null || echo nothing)
  [[ $package = "$here" || $package = all ]] ||
    problem "the package is for $package and this machine is $here: name Istio's package for $here under the machine's sidecar"
}

# Of 1.4.0 to 1.4.3: the start script calls programs that the package has under other names (istio issue 19615).
check_start_script() {
  local package=$1 helper script files
  [[ -e $package ]] && command -v dpkg-deb >/dev/null || return 0
  script=$(dpkg-deb --fsys-tarfile "$package" 2>/dev/null | tar -xO ./usr/local/bin/istio-start.sh 2>/dev/null) || return 0
  # All of it first: grep ends at what it finds, and dpkg-deb fails where nobody reads on.
  files=$(dpkg-deb -c "$package") || return 0
  for helper in istio-iptables istio-clean-iptables; do
    if grep -qE "/$helper([\" ]|\$)" <<<"$script" && ! grep -qE "/usr/local/bin/$helper( |\$)" <<<"$files"; then
      problem "the package's istio-start.sh calls $helper, which the package lacks, as those of Istio 1.4.0 to 1.4.3 do: take the package of 1.4.4 or later"
    fi
  done
}

# The start script of 1.4.4 to 1.4.10 fails without a chain in IPv6's table nat (ipv6_rules.sh), where Linux knows none.
check_ipv6_nat() {
  local package=$1 files
  [[ -e $package ]] && files=$(dpkg-deb -c "$package" 2>/dev/null) || return 0
  grep -q '/usr/local/bin/istio-clean-iptables.sh$' <<<"$files" || return 0
  ip6tables -w 5 -t nat -S >/dev/null 2>&1 ||
    problem "ip6tables has no table nat here, without which the start script of Istio 1.4 fails: let Linux have IPv6 (no ipv6.disable=1 at boot; ip6table_nat among its modules), or take the package of 1.3"
}

check_space() {
  local package=$1 needed=16384 size target folder free
  if [[ -e $package ]]; then
    # A package need not say its size.
    size=$(dpkg-deb -f "$package" Installed-Size 2>/dev/null) || true
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

# Without it, what stands in /etc/hosts leads nobody anywhere. systemd's resolver reads that file as well.
check_resolver() {
  local order
  order=$(grep -m 1 -E '^[[:space:]]*hosts:' /etc/nsswitch.conf 2>/dev/null) || return 0
  [[ $order =~ [[:space:]](files|resolve)([[:space:]]|$) ]] ||
    problem "the resolver does not read /etc/hosts, by which the sidecar finds the mesh: write \`files' first in the line \`hosts:' of /etc/nsswitch.conf"
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
    problem "nft is missing, which \`whenDown: closed' needs: apt-get install -y nftables"
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
  check_package "$package" "$wanted"
  [[ ! -e $work/companions ]] || check_start_script "$package"
  check_space "$package"
  check_writes "$([[ ! -e $package ]] || echo yes)"
  check_resolver
  check_units
  check_ports
  check_packet_filters
  check_when_down
  # The last one, and only on a machine that is fit otherwise: with the legacy backend asking makes the table.
  [[ $problems != 0 || ! -e $work/companions ]] || check_ipv6_nat "$package"
  [[ $problems = 0 ]] || exit 3
}
