"""Where Istio and its services are found in a cluster, by the defaults of every version."""

SYSTEM_NAMESPACE = "istio-system"
"""Where the parts of Istio live that meshx installs or finds."""
CLUSTER_DOMAIN = "cluster.local"
"""The domain of the cluster's own names (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/)."""
DEFAULT_TRUST_DOMAIN = "cluster.local"
"""The first part of every identity, where nobody says another (istio.io, reference of MeshConfig, trustDomain)."""


def service_host(service: str, namespace: str) -> str:
    """Return the whole name of a service of the cluster."""
    return f"{service}.{namespace}.svc.{CLUSTER_DOMAIN}"
