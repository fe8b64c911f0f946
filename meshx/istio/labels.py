"""Labels and annotations that Istio reads."""

NETWORK_LABEL = "topology.istio.io/network"
"""The network of the object that has it (istio.io/api/label)."""
HEALTH_CHECKS_ANNOTATION = "proxy.istio.io/health-checks-enabled"
"""istiod accepts a declared WorkloadEntry's health only with it (istio/pilot/pkg/model/status/workloadentry.go)."""
