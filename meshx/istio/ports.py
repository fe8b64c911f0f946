"""Ports of Istio's parts (https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio)."""

ISTIOD_TLS_PORT = 15012
"""Where istiod serves configuration and signs certificates over TLS; the gateway passes the same number on."""
ISTIOD_MONITORING_PORT = 15014
WEBHOOK_TLS_PORT = 15017
READINESS_PORT = 15021
"""Where a proxy answers whether it is ready, on `/healthz/ready`."""
CROSS_NETWORK_PORT = 15443
"""Of a gateway: by it other networks reach every service of the mesh that has a sidecar."""

# Istio 1.1 to 1.4 (install/kubernetes/helm/istio/charts/gateways/values.yaml, meshExpansionPorts).
PILOT_PORT = 15011
CITADEL_PORT = 8060
MIXER_PORT = 15004
PLAIN_MIXER_PORT = 9091
