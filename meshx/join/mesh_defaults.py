"""What the mesh's own defaults keep out of the mesh: names of `proxyMetadata` that istio-iptables reads on a machine.

Source: istio/tools/istio-iptables/pkg/cmd/root.go and pkg/constants/constants.go. In pods they have no effect: the
injector gives istio-iptables flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network

from meshx.istio.uncaptured import Uncaptured
from meshx.join.metadata import given_metadata

OUTBOUND_PORTS = "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE"
OUTBOUND_RANGES = "ISTIO_SERVICE_EXCLUDE_CIDR"


def mesh_uncaptured(proxy_defaults: Mapping[str, object]) -> Uncaptured:
    """What the mesh's defaults keep out on every machine; what istio-iptables cannot read is left out."""
    given = given_metadata(proxy_defaults)
    ports = (one.strip() for one in given.get(OUTBOUND_PORTS, "").split(","))
    ranges = (one.strip() for one in given.get(OUTBOUND_RANGES, "").split(","))
    return Uncaptured(
        outbound_ports=tuple(int(one) for one in ports if one.isdecimal()),
        outbound_ranges=tuple(one for one in ranges if _is_range(one)),
    )


def _is_range(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
