"""Which callers a stack's firewall rules let reach its instances (meshx/google_cloud/firewall_rules.py).

A VPC network lets nothing in by default. A network tag works only in the VPC network of its instance, and not in peered
ones (https://cloud.google.com/vpc/docs/add-remove-network-tags). This module does not know other owners' rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.google_cloud.cloud_names import network_tag, workload_tag
from meshx.google_cloud.firewall_rules import Member, Rule, firewall_rules, members
from meshx.networks.obstacles import Obstacle
from meshx.networks.topology import Networks
from meshx.reachability.callers import Caller

NOBODY = Owner("", "")
PODS_RANGE = "the range of the pods' addresses"
"""Placeholder: its value makes no difference here."""


@dataclass(frozen=True)
class Firewalls:
    """The rules of a stack; owner: the stack, which the names of its tags depend on."""

    owner: Owner = NOBODY
    rules: tuple[Rule, ...] = ()

    def obstacle(self, caller: Caller, instances: Member) -> Obstacle | None:
        """What blocks a caller's packets to the ports of a workload's instances; None if a rule lets them in."""
        target = workload_tag(self.owner, instances.namespace, instances.workload)
        if any(_is_for(rule, instances, target) and self._is_source(rule, caller) for rule in self.rules):
            return None
        ports = ", ".join(map(str, instances.ports))
        return Obstacle(
            caller.label,
            f"the stack's firewall rules let pods, and instances on {instances.network or 'the same network'} in VPC "
            f"network {instances.vpc}, in to the instances of {instances.namespace}/{instances.workload}, and nobody "
            "else",
            f"a rule of your own in VPC network {instances.vpc}, for TCP {ports} to the tag {target} from the callers' "
            "addresses; this table goes by the stack's rules alone",
        )

    def _is_source(self, rule: Rule, caller: Caller) -> bool:
        if caller.is_pods:
            return PODS_RANGE in rule.source_ranges
        return caller.place.vpc == rule.vpc and network_tag(self.owner, caller.network) in rule.source_tags


def stack_firewalls(configuration: StackConfiguration, networks: Networks, owner: Owner) -> Firewalls:
    """The rules that a stack makes for its instances; none without instances."""
    instances = members(configuration)
    # The table does not use the rules for outgoing traffic to the gateway, so the control plane's ports are left out.
    return Firewalls(owner, tuple(firewall_rules(owner, networks, PODS_RANGE, (), instances)))


def _is_for(rule: Rule, instances: Member, tag: str) -> bool:
    here = rule.vpc == instances.vpc and not rule.to_gateway and tag in rule.target_tags
    return here and set(instances.ports) <= set(rule.ports)
