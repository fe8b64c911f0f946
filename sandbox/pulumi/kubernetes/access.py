"""What the resources work with: the provider's configuration and its cluster, or why there is none."""

from dataclasses import dataclass

from meshx.provider.custom_resource import ResourceError
from sandbox.pulumi.kubernetes.api_errors import ApiError, ClusterError, UnreachableError
from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.configuration import Configuration
from sandbox.pulumi.kubernetes.object_identity import Gvk

# Kinds of Kubernetes itself that live outside namespaces, for when the cluster cannot be asked (kinds/kinds.go).
_CLUSTER_WIDE = """
    APIService CSIDriver CSINode ClusterRole ClusterRoleBinding CustomResourceDefinition IngressClass
    MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass RuntimeClass StorageClass
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment
"""


@dataclass
class Access:
    """One provider's way to its cluster. `unreachable` says why there is none; the cluster is None then."""

    configuration: Configuration
    cluster: Cluster | None = None
    unreachable: str = ""

    def reached(self) -> Cluster:
        """The cluster. Raises ResourceError in the official plugin's words where it cannot be reached."""
        if self.cluster is None:
            raise ResourceError(f"configured Kubernetes cluster is unreachable: {self.unreachable}")
        return self.cluster

    def knows(self, gvk: Gvk) -> bool:
        """Whether the cluster can be reached and serves a kind (provider.go, gvkExists)."""
        if self.cluster is None:
            return False
        try:
            self.cluster.kind(gvk)
        except ClusterError:
            return False
        return True

    def namespaced(self, gvk: Gvk) -> bool:
        """Whether a kind lives in namespaces; a kind that nobody knows is taken to (clients.IsNamespacedKind)."""
        if self.cluster is not None:
            try:
                return self.cluster.kind(gvk).namespaced
            except ClusterError:
                pass
        return gvk.kind not in _CLUSTER_WIDE.split()


def connect(configuration: Configuration) -> Access:
    """Try the cluster once. One that does not answer is no error yet: previews go on without it (Configure)."""
    try:
        cluster = Cluster(configuration.kubeconfig.client())
        cluster.version()
    except UnreachableError as error:
        return Access(configuration, None, str(error))
    except ApiError as error:
        return Access(configuration, None, f"unable to load schema information from the API server: {error}")
    return Access(configuration, cluster)
