"""What is to be told of exposed services that can be offered: what works badly, or not yet, and what is out of date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.offered_ports import OfferedPort
from meshx.exposure.refusals import some_of


def outdated_ports(one: ExposedConfiguration, ports: Sequence[OfferedPort], seen: FoundServices) -> Iterator[str]:
    """Where the stack's ServiceEntry has other ports than would be exposed now."""
    wanted = frozenset(port.number for port in ports)
    for entry in seen.entries:
        if entry.own and entry.host == one.host and entry.ports is not None and entry.ports != wanted:
            there, now = (", ".join(map(str, sorted(numbers))) for numbers in (entry.ports, wanted))
            yield f"{one.host} has port {there}, and port {now} of Service {one.namespace}/{one.service} is exposed now"


def exposure_warnings(one: ExposedConfiguration, service: FoundService, known_far: bool) -> Iterator[str]:
    """Warnings of what works badly, or not yet, though the configuration is right."""
    name = f"{one.namespace}/{one.service}"
    if known_far and service.without_sidecar and service.injects:
        yield (
            f"{one.host}: pods of {name} are older than the mesh and have no sidecar "
            f"({some_of(service.without_sidecar)}). Calls from other networks fail until they are restarted: "
            f"kubectl -n {one.namespace} rollout restart deployment"
        )
    if service.exists and not service.pods:
        yield f"{one.host}: Service {name} has no pods now"
