"""Exposed services of the cluster as machines call them: by their own names, and by `.global` ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

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
        exposed = offer.exposed
        workload = known.get((exposed.real_host, exposed.port))
        service = replace(workload, address=offer.cluster_ip) if workload else _service(offer, own, pods)
        if workload is None:
            yield service
        if offer.address:
            yield _by_gateway(offer, service)


def _service(offer: Offer, own: str, pods: tuple[int, ...]) -> Destination:
    exposed = offer.exposed
    return Destination(
        host=exposed.real_host,
        port=exposed.port,
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
        by_name=offer.is_http,
        address=offer.cluster_ip,
        families=pods,
    )


def _by_gateway(offer: Offer, service: Destination) -> Destination:
    """The `.global` name (meshx/components/istiod/exposed_service.py, meshx/components/classic/exposed_service.py)."""
    return Destination(
        host=offer.exposed.host,
        port=offer.exposed.port,
        name_source=NameSource.ENTRY,
        callers=Callers.MACHINES,
        endpoints=tuple(replace(end, identities=offer.identities) for end in service.endpoints),
        by_name=offer.is_http,
        address=offer.address,
        near=service if offer.bypasses_gateway_locally else None,
        through_gateway=True,
    )
