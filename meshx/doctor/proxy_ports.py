"""Ports that the proxy of a machine listens on."""

from meshx.istio.classic_versions import Numbers

SIDECAR_PORTS = (15001, 15006, 15021, 15053)
"""Outbound, inbound, readiness, names (istio.io, Application Requirements, Ports used by Istio)."""
_ADMINISTRATION, _OUTBOUND, _INBOUND = 15000, 15001, 15006
_INBOUND_SINCE: Numbers = (1, 3)


def classic_sidecar_ports(version: Numbers) -> tuple[int, ...]:
    """Those of Istio 1.1 to 1.4: up to 1.2 one port takes both ways."""
    both = (_ADMINISTRATION, _OUTBOUND)
    return (*both, _INBOUND) if version >= _INBOUND_SINCE else both
