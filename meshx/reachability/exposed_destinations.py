"""Exposed services of the cluster as machines call them: by their own names, and by `.global` ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from meshx.exposure.offered_ports import OfferedPort
from meshx.exposure.plan import Offer
from meshx.reachability.destinations import Callers, Destination, Endpoint, NameSource


def exposed_destinations(
    offers: Sequence[Offer], own: str, pods: tuple[int, ...], workloads: Sequence[Destination]
) -> Iterator[Destination]:
    """Every exposed service.

    own: the cluster's network. pods: the families of its pods' addresses. workloads: the stack's own. One of them may
    be exposed as well; its own name is a destination already, since pods call it too.
    """
    known = {(one.host, one.port): one for one in workloads if one.name_source is NameSource.SERVICE}
    for offer in offers:
        for port in offer.ports:
            workload = known.get((offer.exposed.real_host, port.number))
            service = replace(workload, address=offer.cluster_ip) if workload else _service(offer, port, own, pods)
            if workload is None:
                yield service
            if offer.address:
                yield _by_gateway(offer, port, service)


def _service(offer: Offer, port: OfferedPort, own: str, pods: tuple[int, ...]) -> Destination:
    exposed = offer.exposed
    return Destination(
        host=exposed.real_host,
        port=port.number,
        name_source=NameSource.SERVICE,
        callers=Callers.MACHINES,
        endpoints=(
            Endpoint(
                f"pods of {exposed.namespace}/{exposed.service}",
                own,
                offer.has_sidecars,
                families=pods,
                tunnel=offer.in_ambient,
            ),
        ),
        by_name=port.is_http,
        address=offer.cluster_ip,
        families=pods,
    )


def _by_gateway(offer: Offer, port: OfferedPort, service: Destination) -> Destination:
    """The `.global` name (meshx/components/istiod/exposed_service.py, meshx/components/classic/exposed_service.py)."""
    return Destination(
        host=offer.exposed.host,
        port=port.number,
        name_source=NameSource.ENTRY,
        callers=Callers.MACHINES,
        endpoints=tuple(replace(end, identities=offer.identities) for end in service.endpoints),
        by_name=port.is_http,
        address=offer.address,
        near=service if offer.bypasses_gateway_locally else None,
        near_by_address=offer.near_groups and port.takes_tcp_routes,
        through_gateway=True,
    )
