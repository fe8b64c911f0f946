"""Which resource of meshx's plugin serves which token."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from meshx.provider.chart_remains import ChartRemains
from meshx.provider.custom_resource import Resource
from meshx.provider.dns_stub import DnsStub
from meshx.provider.group_join import GroupJoin
from meshx.provider.instance_join import InstanceJoin
from meshx.provider.join_resource import JoinResource
from meshx.provider.mesh_authority import MeshAuthority
from meshx.provider.mesh_expansion import MeshExpansion
from meshx.provider.property_values import Properties
from meshx.provider.reachability_table import ReachabilityTable

RESOURCES: Mapping[str, Callable[[Properties], Resource]] = {
    "meshx:index:ChartRemains": ChartRemains,
    "meshx:index:DnsStub": DnsStub,
    "meshx:index:GroupJoin": GroupJoin,
    "meshx:index:InstanceJoin": InstanceJoin,
    "meshx:index:Join": JoinResource,
    "meshx:index:MeshAuthority": MeshAuthority,
    "meshx:index:MeshExpansion": MeshExpansion,
    "meshx:index:ReachabilityTable": ReachabilityTable,
}
"""Tokens, and what makes their resource from the provider's configuration (plain values)."""
