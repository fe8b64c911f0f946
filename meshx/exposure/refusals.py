"""Why a service of the cluster can't be exposed as it is, each time with the remedy: what holds for every Istio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.config.errors.problems import Problem
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.found_services import FoundService, FoundServices

HEADLESS = "None"
HTTP_PROTOCOLS = ("HTTP", "HTTP2", "GRPC", "GRPC-Web")
"""Those that proxies route by the name in the request; all others by address and port."""
_SHOWN = 3

Place = tuple[str | int, ...]


def described_by_others(place: Place, one: ExposedConfiguration, seen: FoundServices) -> Iterator[Problem]:
    """A ServiceEntry of others for the same host."""
    if any(entry.host == one.host and not entry.own for entry in seen.entries):
        yield Problem(
            place,
            f"a ServiceEntry of others has the host {one.host} already",
            "nothing here, or have them remove it: one host is described once",
        )


def not_there(place: Place, one: ExposedConfiguration) -> Problem:
    """No such Service."""
    return Problem(
        (*place, "service"),
        f"there is no Service {one.namespace}/{one.service}",
        "a Service that is there; deploy it first",
    )


def not_callable(
    place: Place, one: ExposedConfiguration, service: FoundService, instead_of_headless: str
) -> Iterator[Problem]:
    """A port that the Service does not have, and a Service without an address of its own."""
    name = f"{one.namespace}/{one.service}"
    if one.port not in service.ports:
        there = ", ".join(map(str, service.ports)) or "none"
        yield Problem((*place, "port"), f"Service {name} has no port {one.port}; its ports are {there}", "one of them")
    if service.cluster_ip in ("", HEADLESS):
        yield Problem(
            (*place, "service"),
            f"Service {name} has no address of its own (headless), so its name can lead nowhere on a machine",
            instead_of_headless,
        )


def without_sidecar(place: Place, one: ExposedConfiguration, service: FoundService) -> Iterator[Problem]:
    """Pods that machines of other networks can't call: the gateway ends no TLS for them."""
    if service.without_sidecar and not service.injects:
        yield Problem(
            (*place, "service"),
            f"pods of {one.namespace}/{one.service} have no sidecar ({some_of(service.without_sidecar)}), and the "
            "gateway passes mutual TLS on, which they can't answer",
            f"a service whose pods have one: `kubectl label namespace {one.namespace} istio-injection=enabled` and "
            "restart its pods; or `machines` with such on the cluster's network only",
        )


def some_of(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
