"""Ports of Istio's parts (https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio)."""

SSH_PORT = 22
"""Of the machine itself, which istioctl keeps out of the capture (istioctl/pkg/workload/workload.go)."""

# Of a proxy on its own machine.
ENVOY_ADMINISTRATION_PORT = 15000
OUTBOUND_PORT = 15001
CAPTURE_CHECK_PORT = 15002
DEBUG_PORT = 15004
INBOUND_PORT = 15006
HBONE_PORT = 15008
MERGED_METRICS_PORT = 15020
"""The agent's own status port, unless the mesh's defaults name another."""
READINESS_PORT = 15021
"""Where a proxy answers whether it is ready, on READINESS_PATH."""
READINESS_PATH = "/healthz/ready"
DNS_PORT = 15053
ENVOY_METRICS_PORT = 15090

# Of the control plane and of gateways.
ISTIOD_TLS_PORT = 15012
"""Where istiod serves configuration and signs certificates over TLS; the gateway has the same port."""
ISTIOD_MONITORING_PORT = 15014
WEBHOOK_TLS_PORT = 15017
"""For API servers, and for no machine. It asks callers for no certificate."""
CROSS_NETWORK_PORT = 15443
"""A gateway's port through which other networks reach every service of the mesh with a sidecar."""

# Istio 1.1 to 1.4 (install/kubernetes/helm/istio/charts/gateways/values.yaml, meshExpansionPorts).
PILOT_PORT = 15011
CITADEL_PORT = 8060
MIXER_PORT = 15004
PLAIN_MIXER_PORT = 9091
