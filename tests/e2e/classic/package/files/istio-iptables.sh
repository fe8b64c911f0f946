#!/bin/bash
# The packet rules of Istio @line@, traps included: root goes past the proxy, and IPv6 is closed by rules that are put in
# place of the machine's own. Nothing takes them away when the sidecar stops.
set -e
line='@line@'

case $line in
  1.1 | 1.2)
    inbound_port=15001
    for settings in cluster.env sidecar.env; do
      # shellcheck disable=SC1090 # they are on the machine only
      if [[ -r /var/lib/istio/envoy/$settings ]]; then . "/var/lib/istio/envoy/$settings"; fi
    done
    ;;
  *) inbound_port=15006 ;;
esac
/usr/local/bin/istio-record.sh istio-iptables "$@"

clean() {
  local chain
  iptables -w -t nat -D PREROUTING -p tcp -j ISTIO_INBOUND || true
  iptables -w -t nat -D OUTPUT -p tcp -j ISTIO_OUTPUT || true
  for chain in ISTIO_OUTPUT ISTIO_INBOUND ISTIO_REDIRECT ISTIO_IN_REDIRECT; do
    iptables -w -t nat -F "$chain" || true
  done
  for chain in ISTIO_OUTPUT ISTIO_INBOUND ISTIO_REDIRECT ISTIO_IN_REDIRECT; do
    iptables -w -t nat -X "$chain" || true
  done
} 2>/dev/null

nat() {
  iptables -w -t nat "$@"
}

clean
[[ ${1-} != clean ]] || exit 0

nat -N ISTIO_REDIRECT
nat -A ISTIO_REDIRECT -p tcp -j REDIRECT --to-port 15001
nat -N ISTIO_IN_REDIRECT
nat -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-port "$inbound_port"

IFS=, read -ra ports <<<"${ISTIO_INBOUND_PORTS-}"
IFS=, read -ra ranges <<<"${ISTIO_SERVICE_CIDR-}"

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
nat -A ISTIO_OUTPUT -o lo ! -d 127.0.0.1/32 -j ISTIO_REDIRECT
for owner in "$(id -u istio-proxy)" 0; do
  nat -A ISTIO_OUTPUT -m owner --uid-owner "$owner" -j RETURN
  nat -A ISTIO_OUTPUT -m owner --gid-owner "$owner" -j RETURN
done
nat -A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
for range in "${ranges[@]}"; do
  if [[ $range = '*' ]]; then
    nat -A ISTIO_OUTPUT -j ISTIO_REDIRECT
  elif [[ $range != *:* ]]; then
    nat -A ISTIO_OUTPUT -d "$range" -j ISTIO_REDIRECT
  fi
done
nat -A ISTIO_OUTPUT -j RETURN

ip6tables -w -F INPUT || true
ip6tables -w -A INPUT -m state --state ESTABLISHED -j ACCEPT || true
ip6tables -w -A INPUT -i lo -d ::1 -j ACCEPT || true
ip6tables -w -A INPUT -j REJECT || true
