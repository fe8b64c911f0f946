"""Further Services of a workload: the same machines under another name, with ports of its own."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Listed, Section
from meshx.config.sections.ports import PortConfiguration
from meshx.config.values.names import ServiceLabel
from meshx.rollout.effect import NOTHING, RESTART


class ServiceConfiguration(Section):
    """A further Service of a workload, by which callers reach its machines. They keep their one identity."""

    name: Annotated[ServiceLabel, NOTHING] = Field(
        description="The Service's name, in the workload's namespace.", examples=["admin"]
    )
    ports: Annotated[Listed[PortConfiguration], RESTART] = Field(
        description="Its ports, each on a port of the machines that no other Service of the workload has."
    )
