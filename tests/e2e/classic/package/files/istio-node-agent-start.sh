#!/bin/bash
# Starts the node agent as istio-proxy, which goes past the proxy.
set -e

for settings in "${ISTIO_SIDECAR_CONFIG:-/var/lib/istio/envoy/sidecar.env}" "${ISTIO_CLUSTER_CONFIG:-/var/lib/istio/envoy/cluster.env}"; do
  # shellcheck disable=SC1090 # they are on the machine only
  if [[ -r $settings ]]; then . "$settings"; fi
done
export NS=${ISTIO_NAMESPACE:-default} SVC=${ISTIO_SERVICE:-rawvm}
bin=${ISTIO_BIN_BASE:-/usr/local/bin}
certificates=${CERTS_DIR:-/etc/certs}
su -s /bin/sh -c "exec $bin/node_agent --ca-address ${CITADEL_ADDRESS:-istio-citadel:8060} \
  --cert-chain $certificates/cert-chain.pem --key $certificates/key.pem --root-cert $certificates/root-cert.pem" istio-proxy
