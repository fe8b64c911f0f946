"""What makes a machine a member of a mesh since Istio 1.20: a WorkloadEntry, a token, and its own ServiceEntry."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.shared.join import MembershipInputs
from meshx.config.resolved import Machine
from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.istio.labels import HEALTH_CHECKS_ANNOTATION
from meshx.join.bundle import Package, bundle_inputs, join_bundle
from meshx.join.facts import ControlPlaneFacts, MachineFacts, Port, WorkloadFacts
from meshx.join.readiness_probe import istio_probe
from meshx.join.token_renewal import METADATA_RANGE

MACHINE_LABEL = "meshx/machine"


class IstiodMembershipArgs(TypedDict):
    """What istiod and a machine have to know of one another."""

    machine: Machine
    package: Package
    token_seconds: int
    certificate_seconds: int | None
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    names: Mapping[str, str]
    """The names of exposed services that it knows, each with its address there."""
    facts: ControlPlaneFacts
    root_certificate: pulumi.Input[str]
    gateway_address: pulumi.Input[str]
    renewal: Mapping[str, object] | None
    """By what the machine renews its token itself (meshx/join/token_renewal.py); None where it does not."""
    ready: list[pulumi.Resource]
    """What must be there before the machine joins."""


class IstiodMembership:
    """A WorkloadEntry and a ServiceEntry (`<machine>.<workload>.<namespace>.svc.cluster.local`) for a machine that
    serves, made before it joins: istiod itself sends nobody to it until it is healthy.
    """

    def __init__(self, args: IstiodMembershipArgs) -> None:
        self._args = args

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """The entries of a machine that serves."""
        if not self._args["machine"].workload.ports:
            return []
        return [_workload_entry(parent, name, self._args), _service_entry(parent, name, self._args)]

    def join_inputs(self) -> MembershipInputs:
        """The bundle, the WorkloadEntry's name, and which token to ask for."""
        args = self._args
        machine = args["machine"]
        facts = args["facts"]
        bundle = join_bundle(
            facts,
            workload_facts(machine),
            machine_facts(machine, args["certificate_seconds"], args["names"]),
            args["package"],
        )
        inputs = bundle_inputs(bundle, args["root_certificate"], args["gateway_address"])
        if args["renewal"] is not None:
            inputs["renewal"] = args["renewal"]
        return {
            "bundle": inputs,
            "workloadEntry": entry_name(machine),
            "token": {"audience": TOKEN_AUDIENCE, "seconds": args["token_seconds"]},
        }

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """Nothing: callers were told of the entries, and wait for its health."""


def machine_labels(machine: Machine) -> dict[str, str]:
    """The labels by which Services and routes choose a machine: its workload's and its own, and its name."""
    return {"app": machine.workload.name, **machine.labels, MACHINE_LABEL: machine.name}


def workload_facts(machine: Machine) -> WorkloadFacts:
    """What the join bundle of `machine` says of its workload."""
    workload = machine.workload
    return WorkloadFacts(
        name=workload.name,
        namespace=workload.namespace,
        service_account=workload.account,
        labels=machine_labels(machine),
        ports=tuple(Port(port.name, port.listens_on) for port in workload.ports),
        probe=istio_probe(workload.effective_probe),
    )


def entry_name(machine: Machine) -> str | None:
    """The name of its WorkloadEntry; None where it serves nothing, and so has none."""
    return machine.name if machine.workload.ports else None


def machine_facts(machine: Machine, certificate_seconds: int | None, names: Mapping[str, str]) -> MachineFacts:
    """What the join bundle of `machine` says of it."""
    return MachineFacts(
        name=machine.name,
        address=machine.address,
        network=machine.network,
        workload_entry=entry_name(machine),
        certificate_seconds=certificate_seconds,
        names=names,
        uncaptured=(METADATA_RANGE,) if machine.gce or machine.renew_as else (),
    )


def _workload_entry(parent: pulumi.Resource, name: str, args: IstiodMembershipArgs) -> pulumi.Resource:
    machine = args["machine"]
    workload = machine.workload
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="networking.istio.io/v1",
        kind="WorkloadEntry",
        metadata={
            "name": machine.name,
            "namespace": workload.namespace,
            "labels": args["labels"],
            "annotations": {HEALTH_CHECKS_ANNOTATION: "true"} if workload.effective_probe else {},
        },
        spec=_entry_spec(machine),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=args["ready"]),
    )


def _entry_spec(machine: Machine) -> dict[str, Any]:
    workload = machine.workload
    spec: dict[str, Any] = {
        "address": machine.address,
        "labels": machine_labels(machine),
        "serviceAccount": workload.account,
        "ports": {port.name: port.listens_on for port in workload.ports},
    }
    if machine.network:
        spec["network"] = machine.network
    return spec


def _service_entry(parent: pulumi.Resource, name: str, args: IstiodMembershipArgs) -> pulumi.Resource:
    machine = args["machine"]
    workload = machine.workload
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="networking.istio.io/v1",
        kind="ServiceEntry",
        metadata={
            "name": f"{workload.name}-{machine.name}",
            "namespace": workload.namespace,
            "labels": args["labels"],
        },
        spec={
            "hosts": [machine.service_host],
            "location": "MESH_INTERNAL",
            "resolution": "STATIC",
            "ports": [
                {"name": port.name, "number": port.port, "targetPort": port.listens_on, "protocol": port.carries}
                for port in workload.ports
            ],
            # By the label and not by the address: so the machine's health counts here too.
            "workloadSelector": {"labels": {MACHINE_LABEL: machine.name, "app": workload.name}},
        },
        opts=pulumi.ResourceOptions(parent=parent, depends_on=args["ready"]),
    )
