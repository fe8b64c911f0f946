#!/bin/bash
# Makes the proxy's user and its folders, as the package of Istio does: by adduser, of which it says nothing.
set -e
umask 022

if ! getent passwd istio-proxy >/dev/null; then
  addgroup --system istio-proxy
  adduser --system --group --home /var/lib/istio istio-proxy
fi
[[ -e /etc/istio ]] || ln -s /var/lib/istio /etc/istio
mkdir -p /var/lib/istio/envoy /var/lib/istio/proxy /var/lib/istio/config /var/log/istio /etc/certs
touch /var/lib/istio/config/mesh
chown istio-proxy:istio-proxy /var/lib/istio/{envoy,proxy,config,config/mesh} /var/log/istio /etc/certs
chmod o+rx /usr/local/bin/{envoy,pilot-agent,node_agent}
chmod 2755 /usr/local/bin/{envoy,pilot-agent}
install -d -m 1777 /var/log/istio-recorded
