#!/bin/bash
# Starts the sidecar, with the ways of Istio @line@: what it reads, what it hands on, and as whom.
set -e
line='@line@'

case $line in
  # Of another version than the package's own, as in Istio's.
  1.1 | 1.2) export ISTIO_META_ISTIO_PROXY_VERSION=1.1.3 ;;
  1.3) export ISTIO_META_ISTIO_VERSION=1.3.0 ;;
  1.4) export ISTIO_META_ISTIO_VERSION=1.4.4 ;;
esac

for settings in "${ISTIO_SIDECAR_CONFIG:-/var/lib/istio/envoy/sidecar.env}" "${ISTIO_CLUSTER_CONFIG:-/var/lib/istio/envoy/cluster.env}"; do
  # shellcheck disable=SC1090 # they are on the machine only
  if [[ -r $settings ]]; then . "$settings"; fi
done

bin=${ISTIO_BIN_BASE:-/usr/local/bin}
logs=${ISTIO_LOG_DIR:-/var/log/istio}
namespace=${ISTIO_NAMESPACE:-default}
service=${ISTIO_SERVICE:-rawvm}
system_namespace=${ISTIO_SYSTEM_NAMESPACE:-istio-system}
pilot=${PILOT_ADDRESS:-istio-pilot.$system_namespace:${ISTIO_PILOT_PORT:-15011}}
name=${POD_NAME:-$(hostname -s)}
case $line in
  1.1) address=${ISTIO_SVC_IP:-$(hostname --ip-address)} ;;
  *) address=${ISTIO_SVC_IP:-$(hostname --all-ip-addresses | cut -d ' ' -f 1)} ;;
esac
case $line in
  # Until 1.2 the packet rules' script reads the files itself; later on this is all that it gets of them.
  1.3 | 1.4) export ISTIO_CP_AUTH ISTIO_SERVICE_CIDR ISTIO_INBOUND_PORTS ;;
esac

"$bin/istio-record.sh" istio-start "$@"
# What is not taken down ends the start here: by `set -e`.
if [[ $line = 1.4 ]]; then "$bin/@clean@"; fi
if [[ ${1-} = init || ${1-} = -p ]]; then
  exec "$bin/@iptables@" "$@"
fi
# What these say goes to the journal, the rules of the machine among it.
"$bin/@iptables@"

exec su -s /bin/bash -c "INSTANCE_IP=$address POD_NAME=$name POD_NAMESPACE=$namespace exec $bin/pilot-agent proxy \
  ${ISTIO_AGENT_FLAGS-} --serviceCluster $service --discoveryAddress $pilot \
  --controlPlaneAuthPolicy ${ISTIO_CP_AUTH:-MUTUAL_TLS} 2>$logs/istio.err.log >$logs/istio.log" istio-proxy
