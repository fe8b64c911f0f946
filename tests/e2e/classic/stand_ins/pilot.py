"""Pilot, as far as machines need it: mutual TLS on port 15011, and where the names below `global` lead."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.tls_server import TlsServer

PORT = 15011
NOT_FOUND, TOO_EARLY = 404, 429


def pilot(authority: Authority, folder: Path, trust_domain: str = "cluster.local") -> TlsServer:
    """Serve Pilot's port, with the identity of the charts' service account and no other name."""
    chain, key = authority.identified(f"spiffe://{trust_domain}/ns/istio-system/sa/istio-pilot-service-account", folder)
    root = folder / "pilot-root.pem"
    root.write_bytes(authority.root)
    return TlsServer(PORT, chain, key, root, _greet)


def _greet(identity: str, talk: ssl.SSLSocket) -> None:
    talk.sendall("".join(f"{line}\n" for line in ["hello", *_global_names()]).encode())


def _global_names() -> Iterator[str]:
    """`global <address> <port> <host> <gateway> <its port>` for each port of a ServiceEntry of such a name.

    What a proxy would get for it: a listener at the address, and a cluster of the endpoint.
    """
    try:
        found: Any = client.CustomObjectsApi(cluster.api()).list_cluster_custom_object(
            "networking.istio.io", "v1alpha3", "serviceentries"
        )
    except ApiException as error:
        # Of definitions that are still to come, or have just come.
        if error.status not in (NOT_FOUND, TOO_EARLY):
            raise
        return
    for entry in (one["spec"] for one in found["items"]):
        (host,) = entry["hosts"]
        if not host.endswith(".global"):
            continue
        (endpoint,) = entry["endpoints"]
        for port in entry["ports"]:
            gateway = f"{endpoint['address']} {endpoint['ports'][port['name']]}"
            yield f"global {entry['addresses'][0]} {port['number']} {host} {gateway}"
