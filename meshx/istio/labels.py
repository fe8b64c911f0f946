"""Labels and annotations that Istio reads."""

REVISION_LABEL = "istio.io/rev"
"""The control plane that an object is of, or by which pods get their proxy (istio.io/api/label)."""
DEFAULT_REVISION = "default"
"""What it calls the control plane without a revision."""
NETWORK_LABEL = "topology.istio.io/network"
"""The network of the object that has it (istio.io/api/label)."""
LOCALITY_LABEL = "istio-locality"
LOCALITY_LABELS = ("topology.istio.io/locality", LOCALITY_LABEL)
"""Where a proxy is, in the order in which istiod and the agent look (istio/pkg/model/proxy.go, GetLocalityLabel)."""
_OWNED = {
    NETWORK_LABEL: "Istio's, for the network that the key `network` names",
    "topology.istio.io/cluster": "Istio's, for the cluster that `meshx:mesh.clusterName` names",
    "security.istio.io/tlsMode": "Istio's: by it callers know whether to use mutual TLS, and every machine does",
    "networking.istio.io/tunnel": "Istio's, for machines that answer HBONE: write `tunnel: hbone` under the workload",
    "service.istio.io/workload-name": "Istio's, for the name of the workload",
}
"""What Istio reads (istio.io/api/label/labels.gen.go) and meshx, or Istio itself, says for each object."""
OWN_PREFIX = "meshx/"


def label_owner(key: str) -> str | None:
    """Whose a label is that users can't set, and what for; None where it is theirs."""
    return "meshx's own" if key.startswith(OWN_PREFIX) else _OWNED.get(key)


HEALTH_CHECKS_ANNOTATION = "proxy.istio.io/health-checks-enabled"
"""istiod accepts a declared WorkloadEntry's health only with it (istio/pilot/pkg/model/status/workloadentry.go)."""
