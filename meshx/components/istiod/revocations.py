"""What a workload's revoked machines leave: policies of the whole mesh that refuse them."""

from collections.abc import Sequence
from typing import Any

import pulumi

from meshx.components.resources.revocation import Revocation, RevocationArgs
from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.workload_args import WorkloadArgs
from meshx.config.leaves import is_placeholder
from meshx.config.resolved import Machine
from meshx.istio.api_versions import SECURITY_GROUP
from meshx.istio.identities import denial_name, generation_name, principal
from meshx.stack.awaited_outputs import substituted
from meshx.stack.logical_names import named


def revocations(name: str, args: WorkloadArgs, others: Sequence[pulumi.Resource], parent: pulumi.Resource) -> None:
    """Take the entries of a workload's revoked machines away, and refuse them in the whole mesh.

    At once by their address, which also refuses calls in plain text, and once the `others` have joined by another
    account by the identity that they all had.
    """
    workload, configuration = args["workload"], args["context"].configuration
    if not workload.generation:
        return
    at_once = pulumi.ResourceOptions(parent=parent, depends_on=args["ready"])
    used = set(configuration.addresses)
    for machine in configuration.revoked_machines_of(workload):
        Revocation(named(machine.logical_name), _revocation(machine), at_once)
        # Addresses of other networks may be those of pods here, and are not seen through a gateway.
        addresses = [address for address in machine.addresses if address not in used]
        if machine.network == configuration.mesh.network and addresses:
            rules = _rules_for(addresses, used)
            _deny(f"{name}/revoked/{machine.name}", f"meshx-revoked-{machine.name}", args, rules, at_once)
    facts = args["context"].control_plane.facts
    for account in workload.revoked_accounts:
        rules = [_from({"principals": [principal(facts.identity(workload.namespace, account))]})]
        # Protected: whatever takes it out of the file would let the identity in again.
        once_joined = pulumi.ResourceOptions(parent=parent, depends_on=[*args["ready"], *others], protect=True)
        _deny(
            f"{name}/revoked-account/{account}",
            denial_name(workload.namespace, account),
            args,
            rules,
            once_joined,
        )


def _revocation(machine: Machine) -> RevocationArgs:
    workload = machine.workload
    names = [generation_name(machine.name, number) for number in range(workload.generation)]
    entries = names if workload.ports else []
    return {"machine": machine.name, "namespace": workload.namespace, "workloadEntries": entries}


def _from(source: dict[str, Any]) -> dict[str, Any]:
    return {"from": [{"source": source}]}


def _rules_for(addresses: list[str], used: set[str]) -> pulumi.Input[Any]:
    """Rules by addresses; none, which deny nothing, if they turn out to be those of machines that are not revoked."""
    if not any(is_placeholder(one) for one in (*addresses, *used)):
        return [_from({"ipBlocks": addresses})]
    known = pulumi.Output.all(substituted(addresses), substituted(sorted(used)))
    return known.apply(lambda found: [_from({"ipBlocks": left})] if (left := _others(found[0], found[1])) else [])


def _others(addresses: list[str], used: list[str]) -> list[str]:
    return [address for address in addresses if address not in used]


def _deny(
    name: str, object_name: str, args: WorkloadArgs, rules: pulumi.Input[Any], options: pulumi.ResourceOptions
) -> None:
    """Without a selector, and in the root namespace, it applies to all workloads (istio.io, AuthorizationPolicy)."""
    context = args["context"]
    facts = context.control_plane.facts
    istio_object(
        name,
        f"{SECURITY_GROUP}/{facts.objects_api}",
        context.metadata(facts.root_namespace, object_name),
        {"action": "DENY", "rules": rules},
        options,
        kind="AuthorizationPolicy",
    )
