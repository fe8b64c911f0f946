"""The names with which a machine finds istiod, before any name server of the mesh answers."""

from __future__ import annotations

from meshx.istio.labels import DEFAULT_REVISION
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.facts import ControlPlaneFacts
from meshx.join.gateway_endpoint import GatewayEndpoint


def is_named_revision(revision: str) -> bool:
    """Tell whether a revision is part of istiod's names ("" and "default" are not)."""
    return revision not in {"", DEFAULT_REVISION}


def istiod_host(facts: ControlPlaneFacts) -> str:
    """Return istiod's name, one of those in its serving certificate: ``istiod[-<revision>].<namespace>.svc``."""
    service = f"istiod-{facts.revision}" if is_named_revision(facts.revision) else "istiod"
    return f"{service}.{facts.system_namespace}.svc"


def is_istiod_host(name: str) -> bool:
    """Tell whether a name in a bundle's hosts is istiod's, which resolves to the gateway, and not an exposed
    service's."""
    return name.startswith("istiod") and name.endswith(".svc")


def istiod_address(facts: ControlPlaneFacts) -> str:
    """Return istiod's own ``host:port``."""
    return f"{istiod_host(facts)}:{ISTIOD_TLS_PORT}"


def discovery_address(facts: ControlPlaneFacts, gateway: GatewayEndpoint) -> str:
    """Return ``host:port`` to which a machine's agent connects: the gateway's host name, else istiod's, which
    /etc/hosts leads to the gateway's address."""
    return f"{gateway.host if gateway.is_name else istiod_host(facts)}:{gateway.control_plane}"
