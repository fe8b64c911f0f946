#!/bin/bash
# The packet rules of Istio @line@, traps included: root goes past the proxy, and IPv6 is closed by rules that are put in
# place of the machine's own. Nothing takes them away when the sidecar stops. None of it waits for others' locks (`-w`),
# and all of it is said, with the rules that there are in the end.
line='@line@'

case $line in
  1.1 | 1.2)
    for settings in "${ISTIO_CLUSTER_CONFIG:-/var/lib/istio/envoy/cluster.env}" "${ISTIO_SIDECAR_CONFIG:-/var/lib/istio/envoy/sidecar.env}"; do
      # shellcheck disable=SC1090 # they are on the machine only
      if [[ -r $settings ]]; then . "$settings"; fi
    done
    ;;
esac
/usr/local/bin/istio-record.sh istio-iptables "$@"
# For the stand-in of the agent alone: Pilot knows it by other ways.
echo "${ISTIO_INBOUND_PORTS-}" >/var/log/istio-recorded/ports

show() {
  iptables-save
  ip6tables-save
}
trap show EXIT

clean() {
  local chain
  iptables -t nat -D PREROUTING -p tcp -j ISTIO_INBOUND
  iptables -t mangle -D PREROUTING -p tcp -j ISTIO_INBOUND
  iptables -t nat -D OUTPUT -p tcp -j ISTIO_OUTPUT
  for chain in ISTIO_OUTPUT ISTIO_INBOUND ISTIO_REDIRECT ISTIO_IN_REDIRECT; do
    iptables -t nat -F "$chain"
    iptables -t nat -X "$chain"
  done
} 2>/dev/null

# From 1.4 on a script of its own does it.
if [[ $line != 1.4 ]]; then
  clean
  [[ ${1-} != clean ]] || exit 0
fi

nat() {
  iptables -t nat "$@"
}

IFS=, read -ra ports <<<"${ISTIO_INBOUND_PORTS-}"
IFS=, read -ra ranges <<<"${ISTIO_SERVICE_CIDR-}"
# Only where all ports come in, a side of its own takes them; listed ones come in by the port for what leaves.
inbound_port=15001
[[ ${ports[*]-} != '*' || $line = 1.1 || $line = 1.2 ]] || inbound_port=15006

set -euxo pipefail
nat -N ISTIO_REDIRECT
nat -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-port 15001
nat -N ISTIO_IN_REDIRECT
nat -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-port "$inbound_port"

if [[ ${#ports[@]} -gt 0 ]]; then
  nat -N ISTIO_INBOUND
  nat -A PREROUTING -p tcp -j ISTIO_INBOUND
  for port in "${ports[@]}"; do
    if [[ $port = '*' ]]; then
      nat -A ISTIO_INBOUND -p tcp --dport 22 -j RETURN
      nat -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
    else
      nat -A ISTIO_INBOUND -p tcp --dport "$port" -j ISTIO_IN_REDIRECT
    fi
  done
fi

nat -N ISTIO_OUTPUT
nat -A OUTPUT -p tcp -j ISTIO_OUTPUT
case $line in
  1.1 | 1.2) nat -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -j ISTIO_REDIRECT ;;
  *)
    nat -A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN
    nat -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -j ISTIO_IN_REDIRECT
    ;;
esac
for owner in "$(id -u istio-proxy)" 0; do
  nat -A ISTIO_OUTPUT -m owner --uid-owner "$owner" -j RETURN
done
for owner in "$(id -u istio-proxy)" 0; do
  nat -A ISTIO_OUTPUT -m owner --gid-owner "$owner" -j RETURN
done
nat -A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
for range in ${ranges[@]+"${ranges[@]}"}; do
  if [[ $range = '*' ]]; then
    nat -A ISTIO_OUTPUT -j ISTIO_REDIRECT
  elif [[ $range != *:* ]]; then
    nat -A ISTIO_OUTPUT -d "$range" -j ISTIO_REDIRECT
  fi
done
[[ ${#ranges[@]} = 0 || ${ranges[*]} = '*' ]] || nat -A ISTIO_OUTPUT -j RETURN

ip6tables -F INPUT || true
ip6tables -A INPUT -m state --state ESTABLISHED -j ACCEPT || true
ip6tables -A INPUT -i lo -d ::1 -j ACCEPT || true
ip6tables -A INPUT -j REJECT || true
