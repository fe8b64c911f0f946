"""meshx:networks: what is to be known of the networks of machines, mostly of those beside the cluster's."""

from typing import Annotated, Literal

from pydantic import Field

from meshx.config.section import Section
from meshx.config.values.names import LabelText
from meshx.rollout.effect import NOTHING, SCRIPTED


class NetworkConfiguration(Section):
    """A network of machines."""

    name: Annotated[LabelText, NOTHING] = Field(
        description="Its name, as in machines' `network`.", examples=["network2"]
    )
    reachable: Annotated[bool, NOTHING] = Field(
        default=True,
        description="Whether pods, and machines of other networks, reach its machines at their addresses. `false`: "
        "nobody does, so they can only make calls. It has no effect on the cluster's own network.",
    )
    api_server: Annotated[Literal["endpoint", "gateway"] | None, SCRIPTED] = Field(
        default=None,
        description="How its machines reach the cluster's API server, if they fetch their identity themselves: at "
        "its `endpoint`, or through the mesh's `gateway`, which passes TLS through to it (not on Istio 1.1 to 1.4). "
        "Required for instances of Compute Engine.",
        examples=["gateway"],
    )
