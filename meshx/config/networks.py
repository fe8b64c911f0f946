"""meshx:networks: what is to be known of the networks of machines beside the cluster's."""

from pydantic import Field

from meshx.config.names import LabelText
from meshx.config.section import Section


class NetworkConfiguration(Section):
    """A network of machines beside the cluster's."""

    name: LabelText = Field(description="Its name, as machines have it under `network`.", examples=["network2"])
    reachable: bool = Field(
        default=True,
        description="Whether pods, and machines of other networks, reach its machines at their addresses. `false`: "
        "nobody does, so they can only call.",
    )
