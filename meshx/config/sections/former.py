"""meshx:former: the mesh of Istio 1.1 to 1.4 that machines come from."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Section
from meshx.config.values.names import TrimmedText
from meshx.rollout.effect import NOTHING


class FormerConfiguration(Section):
    """The mesh of Istio 1.1 to 1.4, in another cluster, that machines of this stack come from."""

    context: Annotated[TrimmedText, NOTHING] = Field(
        description="The context of its cluster, in the same kubeconfig as that of `meshx:cluster`.",
        examples=["gke_my-project_europe-west1_old-mesh"],
    )
