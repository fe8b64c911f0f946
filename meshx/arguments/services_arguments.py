"""Arguments of a mesh: services. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meshx.arguments.ports_arguments import PortArgs


class ServiceArgs(TypedDict):
    """A further Service of a workload, by which callers reach its machines. They keep their one identity."""

    name: str
    """The Service's name, in the workload's namespace."""
    ports: Sequence[PortArgs]
    """Its ports, each on a port of the machines that no other Service of the workload has."""
