"""The join bundle of one machine, from its configuration and from what the control plane says: on both Istio lines."""

from collections.abc import Mapping

from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.istio.identities import generation_name
from meshx.istio.uncaptured import Uncaptured
from meshx.join.bundle import JoinBundle, Package, join_bundle
from meshx.join.classic_bundle import classic_join_bundle
from meshx.join.facts import ClassicFacts, ControlPlaneFacts, MachineFacts
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.readiness_probe import istio_probe
from meshx.join.token_renewal import METADATA_RANGE
from meshx.join.workload_facts import workload_facts

MACHINE_LABEL = "meshx/machine"


def machine_bundle(
    configuration: StackConfiguration,
    machine: Machine,
    facts: ControlPlaneFacts,
    names: Mapping[str, str],
    package: Package,
    *,
    gateway: GatewayEndpoint = AT_AN_ADDRESS,
) -> JoinBundle:
    """The join bundle of a machine; `names` are the exposed services that it knows, each with its address."""
    of_machine = MachineFacts(
        name=machine.name,
        address=machine.address,
        network=machine.network,
        workload_entry=entry_name(machine),
        certificate_seconds=configuration.certificates.lifetime_seconds,
        names=names,
        both_families=bool(machine.second_address),
        uncaptured=beside_metadata_server(machine.uncaptured) if machine.renews_its_token else machine.uncaptured,
        services=configuration.cluster.services_cidr,
        locality=machine.locality,
    )
    probe = istio_probe(machine.workload.effective_probe)
    of_workload = workload_facts(machine.workload, machine_labels(machine), probe)
    return join_bundle(facts, of_workload, of_machine, package, gateway)


def classic_machine_bundle(
    machine: Machine, facts: ClassicFacts, names: Mapping[str, str], package: Package
) -> JoinBundle:
    """The join bundle of a machine of Istio 1.1 to 1.4."""
    of_machine = MachineFacts(
        name=machine.name,
        address=machine.address,
        network=machine.network,
        names=names,
        uncaptured=machine.uncaptured,
    )
    of_workload = workload_facts(machine.workload, classic_machine_labels(machine))
    return classic_join_bundle(facts, of_workload, of_machine, package)


def beside_metadata_server(uncaptured: Uncaptured) -> Uncaptured:
    """What stays out of the mesh on an instance of Compute Engine: its metadata server too."""
    return Uncaptured(outbound_ranges=(METADATA_RANGE,)).beside(uncaptured)


def machine_labels(machine: Machine) -> dict[str, str]:
    """The labels with which Services and routes select a machine: its workload's and its own, and its name."""
    return {**classic_machine_labels(machine), MACHINE_LABEL: machine.name}


def classic_machine_labels(machine: Machine) -> dict[str, str]:
    """The labels of a machine's endpoint, for subsets: its workload's name, and its configured labels."""
    return {"app": machine.workload.name, **machine.labels}


def entry_name(machine: Machine) -> str | None:
    """The name of its WorkloadEntry; None if it serves nothing.

    With another identity it is another entry: istiod has callers accept the identities of all healthy entries, so that
    the old one serves until the new one does, and callers know both meanwhile.
    """
    return generation_name(machine.name, machine.workload.generation) if machine.workload.ports else None


def token_inputs(configuration: StackConfiguration, facts: ControlPlaneFacts) -> dict[str, object]:
    """The token that a Join requests."""
    return {"audience": facts.token_audience, "seconds": configuration.tokens.lifetime_seconds}
