"""Labels and annotations that Istio reads."""

NETWORK_LABEL = "topology.istio.io/network"
"""By it Istio knows the network of whatever bears it (istio.io/api/label)."""
HEALTH_CHECKS_ANNOTATION = "proxy.istio.io/health-checks-enabled"
"""istiod takes a declared WorkloadEntry's health only with it (istio/pilot/pkg/model/status/workloadentry.go)."""
