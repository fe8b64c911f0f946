"""meshx:cluster: the Kubernetes cluster that the mesh runs on."""

from typing import Annotated

from pydantic import Field

from meshx.config.leaves import Leaf
from meshx.config.section import Section
from meshx.config.values.addresses import AUTO, Endpoint, PodsRange, ServicesRange, families
from meshx.config.values.files import ExistingFile
from meshx.config.values.names import TrimmedText
from meshx.rollout.effect import NOTHING, RENEWED, RESTART


class ClusterConfiguration(Section):
    """The Kubernetes cluster that the mesh runs on."""

    context: Annotated[TrimmedText, Leaf(), RESTART] = Field(
        description="The kubeconfig's context, which names cluster and user. Always explicit, so that a stack never "
        "uses the current context of the person who runs it.",
        examples=["gke_my-project_europe-west1_mesh"],
    )
    kubeconfig_file: Annotated[ExistingFile | None, RESTART] = Field(
        default=None,
        description="The kubeconfig. Left out: what the Kubernetes client finds, `KUBECONFIG` or `~/.kube/config`.",
        examples=["~/.kube/config"],
    )
    services_cidr: Annotated[ServicesRange, RESTART] = Field(
        default=AUTO,
        description="The range of the services' addresses. No machine's address may be in it. Two, with a "
        "comma between, in a cluster of both families. `auto`: not compared.",
        examples=["10.96.0.0/16"],
    )
    pods_cidr: Annotated[PodsRange, NOTHING] = Field(
        default=AUTO,
        description="The range of the pods' addresses, for the firewall rules of instances; no machine that pods call "
        "may have one of them. Two, with a comma between, in a cluster of both families: `10.244.0.0/16,fd44::/56`. "
        "`auto`: what GKE says, and not compared.",
        examples=["10.244.0.0/16"],
    )
    endpoint: Annotated[Endpoint, RENEWED] = Field(
        default=AUTO,
        description="The API server's address for machines whose network has `apiServer: endpoint`. `auto`: what GKE "
        "says; for other clusters the kubeconfig.",
        examples=["10.0.0.2:443"],
    )

    @property
    def families(self) -> tuple[int, ...]:
        """The families of its pods' addresses, 4 and 6, as its ranges are written; none where nothing says it."""
        ranges = next((text for text in (self.pods_cidr, self.services_cidr) if text != AUTO), "")
        return tuple(sorted(families(ranges.split(","))))
