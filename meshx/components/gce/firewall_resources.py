"""Google Cloud firewalls, from the rules that the mesh needs."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from meshx.google_cloud.firewall_rules import Rule
from meshx.stack.logical_names import named


class FirewallsArgs(TypedDict):
    """The arguments of the firewalls."""

    rules: Sequence[Rule]
    gateway_address: pulumi.Input[str]


class Firewalls(pulumi.ComponentResource):
    """The firewall rules of a stack's instances.

    **Pulumi Type:** `meshx:index:Firewalls`. Produces a `gcp.compute.Firewall` for each rule, by its logical name.
    """

    objects: list[pulumi.Resource]

    def __init__(self, name: str, args: FirewallsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Firewalls", name, None, opts)
        self.objects = [_firewall(rule, args["gateway_address"], self) for rule in args["rules"]]
        self.register_outputs({})


def _firewall(rule: Rule, gateway_address: pulumi.Input[str], parent: pulumi.Resource) -> pulumi.Resource:
    gateway = pulumi.Output.from_input(gateway_address).apply(single_address_range)
    return gcp.compute.Firewall(
        named(rule.logical_name),
        name=rule.name,
        description=rule.description,
        network=rule.vpc,
        direction="EGRESS" if rule.to_gateway else "INGRESS",
        allows=[{"protocol": "tcp", **({"ports": [str(port) for port in rule.ports]} if rule.ports else {})}],
        target_tags=list(rule.target_tags) or None,
        source_ranges=list(rule.source_ranges) or None,
        source_tags=list(rule.source_tags) or None,
        destination_ranges=[gateway] if rule.to_gateway else list(rule.destination_ranges) or None,
        # One from before its name ended in a sum keeps it: another would replace the rule.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["name"]),
    )


def single_address_range(address: str) -> str:
    """The range with only this address."""
    return f"{address}/{128 if ':' in address else 32}"
