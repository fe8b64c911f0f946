"""A control plane alone, adopted or installed, and an east-west gateway alone, to which a program adds parts."""

from typing import Any

import pulumi

from meshx.arguments import ControlPlaneArgs
from meshx.components.foundation import Foundation, foundation, making
from meshx.components.shared.control_plane_interface import ControlPlane as LineControlPlane
from meshx.config.argument_types import PARTS
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.moved_settings import moved_settings
from meshx.parts.records import KEY, control_plane_record
from meshx.stack.awaited_outputs import substituted
from meshx.stack.given_mesh import GivenMesh, given_mesh
from meshx.stack.refused_configuration import RefusedAtOnceError


class ControlPlane(pulumi.ComponentResource):
    """A control plane with its gateway, installed or adopted as `mesh.install` says.

    **Pulumi Type:** `meshx:index:ControlPlane`. Produces the line's own ControlPlane. `networks` names those that
    machines of its workloads will be on, beside the cluster's own: with one the gateway passes calls between networks.
    """

    gateway_address: pulumi.Output[str]
    """The IP address or host name at which machines reach the control plane."""
    root_certificate: pulumi.Output[str]
    """The mesh's root of trust as PEM text, two while one replaces the other; empty on the classic line."""
    network: str
    """The network of the cluster's pods; empty if the mesh has a single one."""
    cluster_name: str
    """What machines call the cluster."""
    trust_domain: str
    """The first part of every identity."""

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong."""
        self._made(name, "meshx:index:ControlPlane", given_mesh(name, args, whole=False), opts)

    def _made(self, name: str, token: str, given: GivenMesh, opts: pulumi.ResourceOptions | None) -> None:
        stated = given.taken.stated if given.taken else {}
        if problems := [
            Problem((key,), f"{token.rpartition(':')[2]} {name} makes nothing of it", "parts for it, or one Mesh")
            for key in PARTS
            if stated.get(key)
        ]:
            raise RefusedAtOnceError(ConfigurationError(problems))
        with making(given):
            base = foundation(name, given, opts)
            super().__init__(token, name, None, base.options)
            for moved in moved_settings(given.configuration):
                pulumi.log.warn(str(moved), self)
            preflight = base.preflight(self)
            self.base: Foundation = base
            namespaces = base.namespaces(preflight.configuration, self)
            self.of_line: LineControlPlane = base.control_plane(preflight, namespaces, self)
        facts = self.of_line.facts
        self.network, self.cluster_name, self.trust_domain = facts.network, facts.cluster_name, facts.trust_domain
        self.gateway_address = substituted(self.of_line.gateway_address)
        self.root_certificate = substituted(self.of_line.root_certificate)
        outputs = {"gatewayAddress": self.gateway_address, "network": self.network}
        self.register_outputs({**outputs, KEY: control_plane_record(self)})


class EastWestGateway(ControlPlane):
    """A gateway for machines, beside a control plane that is there: what machines need of it is exposed.

    **Pulumi Type:** `meshx:index:EastWestGateway`. It takes the same parts as a ControlPlane.
    """

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """args: as of a ControlPlane; `mesh.install.control_plane` is false whatever they say."""
        mesh: dict[str, Any] = {**args["mesh"]}
        adopted: dict[str, Any] = {**mesh.get("install", {}), "control_plane": False}
        given = given_mesh(name, {**args, "mesh": {**mesh, "install": adopted}}, whole=False)
        self._made(name, "meshx:index:EastWestGateway", given, opts)
