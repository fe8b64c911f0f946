#!/bin/bash
# Makes the proxy's user and its folders, as the package of Istio does.
set -e

if ! getent passwd istio-proxy >/dev/null; then
  addgroup --system istio-proxy
  adduser --system --group --home /var/lib/istio istio-proxy
fi
[[ -e /etc/istio ]] || ln -s /var/lib/istio /etc/istio
mkdir -p /var/lib/istio/envoy /var/lib/istio/proxy /var/lib/istio/config /var/log/istio /etc/certs
chown istio-proxy:istio-proxy /var/lib/istio/envoy /var/lib/istio/proxy /var/lib/istio/config /var/log/istio /etc/certs
install -d -m 1777 /var/log/istio/recorded
