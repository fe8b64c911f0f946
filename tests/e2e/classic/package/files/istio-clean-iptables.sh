#!/bin/bash
# Takes the packet rules of both families away, as Istio 1.4 does before each start: without `-w`, without a look whether
# they are there, and with the last command's status as its own. So it fails where IPv6 has no chain ISTIO_IN_REDIRECT.

show() {
  iptables-save
  ip6tables-save
}
trap show EXIT

for filter in iptables ip6tables; do
  for hook in 'PREROUTING -p tcp -j ISTIO_INBOUND' 'OUTPUT -p tcp -j ISTIO_OUTPUT'; do
    # shellcheck disable=SC2086 # several words
    $filter -t nat -D $hook
  done
  $filter -t mangle -D PREROUTING -p tcp -j ISTIO_INBOUND
  for chain in ISTIO_OUTPUT ISTIO_INBOUND ISTIO_REDIRECT ISTIO_IN_REDIRECT; do
    $filter -t nat -F "$chain"
    $filter -t nat -X "$chain"
  done
done 2>/dev/null
