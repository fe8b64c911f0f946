"""What a stack reads before it makes anything, on either line."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.reachability.connections import Connection

Found = TypeVar("Found")


@dataclass(frozen=True)
class Preflight(Generic[Found]):
    """The base of a mesh.

    configuration: the stack's, with the mesh's name for the cluster's network. connections: the course of each pair's
    calls. gateway_selector: the labels of the gateway's pods. found: the existing parts that its line's control plane
    must know.
    """

    configuration: StackConfiguration
    exposure: ExposurePlan
    connections: tuple[Connection, ...]
    gateway_selector: dict[str, str]
    found: Found
