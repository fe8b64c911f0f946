"""Why a service of the cluster can't be exposed as it is, with the remedy: what applies to both Istio lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.config.errors.problems import Problem
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.offered_ports import missing_ports

HEADLESS = "None"
_SHOWN = 3

Place = tuple[str | int, ...]


def described_by_others(place: Place, one: ExposedConfiguration, seen: FoundServices) -> Iterator[Problem]:
    """Another owner's ServiceEntry for the same host."""
    if any(entry.host == one.host and not entry.own for entry in seen.entries):
        yield Problem(
            place,
            f"another owner's ServiceEntry has the host {one.host} already",
            "nothing here, or have its owner remove it: only one ServiceEntry may describe a host",
        )


def not_there(place: Place, one: ExposedConfiguration) -> Problem:
    """No such Service."""
    return Problem(
        (*place, "service"),
        f"there is no Service {one.namespace}/{one.service}",
        "an existing Service; deploy it first",
    )


def not_callable(
    place: Place, one: ExposedConfiguration, service: FoundService, instead_of_headless: str
) -> Iterator[Problem]:
    """Ports that the Service does not have, and a Service without its own address."""
    name = f"{one.namespace}/{one.service}"
    if service.external_name:
        yield Problem(
            (*place, "service"),
            f"Service {name} is an ExternalName: it leads to {service.external_name}, and has neither an address nor "
            "pods here",
            f"nothing here: machines call {service.external_name} itself",
        )
        return
    yield from missing_ports(place, one, service)
    if service.cluster_ip in ("", HEADLESS):
        yield Problem(
            (*place, "service"),
            f"Service {name} has no address of its own (headless), so a machine cannot resolve its name",
            instead_of_headless,
        )


def without_sidecar(place: Place, one: ExposedConfiguration, service: FoundService) -> Iterator[Problem]:
    """Pods that machines of other networks can't call: the gateway does not end TLS for them."""
    if service.without_sidecar and not service.injects:
        yield Problem(
            (*place, "service"),
            f"pods of {one.namespace}/{one.service} have no sidecar ({some_of(service.without_sidecar)}), and they "
            "can't answer the mutual TLS that the gateway passes through",
            f"a service whose pods have a sidecar: `kubectl label namespace {one.namespace} istio-injection=enabled` "
            "and restart its pods; or only machines on the cluster's network under `machines`",
        )


def some_of(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
