"""What makes a machine a member of a mesh of Istio 1.1 to 1.4: Citadel's Secret, and a ServiceEntry of its own."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.classic.service_specs import machine_entry_ports, machine_entry_spec, machine_labels
from meshx.components.shared.join import MembershipInputs
from meshx.config.resolved import Machine
from meshx.join.bundle import Package, bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.join.facts import ClassicFacts, MachineFacts, Port, WorkloadFacts

NETWORKING = "networking.istio.io/v1alpha3"


class ClassicMembershipArgs(TypedDict):
    """What the control plane and a machine have to know of one another."""

    machine: Machine
    package: Package
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    names: Mapping[str, str]
    """The names of exposed services that it knows, each with its address there."""
    facts: ClassicFacts
    gateway_address: pulumi.Input[str]


class ClassicMembership:
    """A ServiceEntry (`<machine>.<workload>.<namespace>.svc.cluster.local`) for a machine that serves HTTP or TLS.

    Nobody asks for a machine's health here: callers come as soon as an object names its address. So it is made once
    the machine has joined, and is gone before it leaves.
    """

    def __init__(self, args: ClassicMembershipArgs) -> None:
        self._args = args

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """Nothing: Citadel knows the machine by its service account."""
        return []

    def join_inputs(self) -> MembershipInputs:
        """The bundle, which names the Secret that holds the machine's identity."""
        args = self._args
        machine = args["machine"]
        facts = args["facts"]
        bundle = classic_join_bundle(
            facts, workload_facts(machine), machine_facts(machine, args["names"]), args["package"]
        )
        return {
            "bundle": bundle_inputs(bundle, None, args["gateway_address"]),
            "workloadEntry": None,
            "token": None,
        }

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """The ServiceEntry of this machine alone, if it has ports at which proxies know it by its name."""
        machine = self._args["machine"]
        workload = machine.workload
        if not machine_entry_ports(machine):
            return
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=NETWORKING,
            kind="ServiceEntry",
            metadata={
                "name": f"{workload.name}-{machine.name}",
                "namespace": workload.namespace,
                "labels": self._args["labels"],
            },
            spec=machine_entry_spec(machine),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[join]),
        )


def workload_facts(machine: Machine) -> WorkloadFacts:
    """What the join bundle of `machine` says of its workload."""
    workload = machine.workload
    return WorkloadFacts(
        name=workload.name,
        namespace=workload.namespace,
        service_account=workload.account,
        labels=machine_labels(machine),
        ports=tuple(Port(port.name, port.listens_on) for port in workload.ports),
    )


def machine_facts(machine: Machine, names: Mapping[str, str]) -> MachineFacts:
    """What the join bundle of `machine` says of it."""
    return MachineFacts(name=machine.name, address=machine.address, network=machine.network, names=names)
