"""What a stack finds before it makes anything, on either line."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.reachability.connections import Connection

Found = TypeVar("Found")


@dataclass(frozen=True)
class Preflight(Generic[Found]):
    """What a mesh is built on.

    configuration: the stack's, with the name that the mesh has for the cluster's network. connections: what becomes of
    each pair's calls. gateway_selector: the labels of the gateway's pods. found: what its line's control plane has to
    know of what is there.
    """

    configuration: StackConfiguration
    exposure: ExposurePlan
    connections: tuple[Connection, ...]
    gateway_selector: dict[str, str]
    found: Found
