"""Which resource of meshx's plugin serves which token."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from meshx.plugin_base.custom_resource import Resource
from meshx.plugin_base.property_values import Properties
from meshx.provider.chart_leftovers_resource import ChartLeftovers
from meshx.provider.dns_stub_resource import DnsStub
from meshx.provider.group_join_resource import GroupJoin
from meshx.provider.instance_join_resource import InstanceJoin
from meshx.provider.join_resource import JoinResource
from meshx.provider.mesh_authority_resource import MeshAuthority
from meshx.provider.mesh_expansion_resource import MeshExpansion
from meshx.provider.mesh_roots_resource import MeshRoots
from meshx.provider.reachability_table_resource import ReachabilityTable
from meshx.provider.revocation_resource import Revocation
from meshx.provider.roots_on_machines_resource import RootsOnMachines
from meshx.provider.wave_resource import Wave

RESOURCES: Mapping[str, Callable[[Properties], Resource]] = {
    "meshx:index:ChartRemains": ChartLeftovers,
    "meshx:index:DnsStub": DnsStub,
    "meshx:index:GroupJoin": GroupJoin,
    "meshx:index:InstanceJoin": InstanceJoin,
    "meshx:index:Join": JoinResource,
    "meshx:index:MeshAuthority": MeshAuthority,
    "meshx:index:MeshExpansion": MeshExpansion,
    "meshx:index:MeshRoots": MeshRoots,
    "meshx:index:ReachabilityTable": ReachabilityTable,
    "meshx:index:Revocation": Revocation,
    "meshx:index:RootsOnMachines": RootsOnMachines,
    "meshx:index:Wave": Wave,
}
"""Tokens, and what makes their resource from the provider's configuration (plain values)."""
