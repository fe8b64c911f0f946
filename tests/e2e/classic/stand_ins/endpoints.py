"""Where Pilot sends callers of a workload: what it makes of the cluster's objects, as measured on 1.4.10."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.e2e.classic.stand_ins.tls_server import ADDRESS

PORT = 15010
NOT_FOUND = 404
ASSIGNMENT = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"

Endpoint = tuple[str, int]


class Endpoints:
    """The endpoints of workloads' first ports, by `<workload>.<namespace>`.

    A ServiceEntry and Endpoints of one host each give every machine, so one that stands in both is there twice. The
    last endpoint of a Service that stays is kept.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[Endpoint]] = {}

    def of(self, host: str) -> list[Endpoint]:
        """What a caller of the host is told now."""
        name, _, namespace = host.partition(".")
        found = [*_of_entry(name, namespace), *_of_endpoints(name, namespace)]
        if not found and _has_service(name, namespace):
            return self._kept.get(host, [])
        self._kept[host] = found
        return found


@contextlib.contextmanager
def discovery() -> Iterator[Endpoints]:
    """Answer proxies that ask for endpoints (EDS by REST), until the block ends."""
    told = Endpoints()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            assignments = [_assignment(host, told.of(host)) for host in asked["resource_names"]]
            body = json.dumps({"version_info": str(hash(json.dumps(assignments))), "resources": assignments}).encode()
            # A proxy that goes meanwhile hears nothing of it.
            with contextlib.suppress(ConnectionError):
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    server = ThreadingHTTPServer((ADDRESS, PORT), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _assignment(host: str, endpoints: list[Endpoint]) -> dict[str, Any]:
    addresses = [{"socket_address": {"address": address, "port_value": port}} for address, port in endpoints]
    ends = [{"endpoint": {"address": address}} for address in addresses]
    return {"@type": ASSIGNMENT, "cluster_name": host, "endpoints": [{"lb_endpoints": ends}]}


def _of_entry(name: str, namespace: str) -> Iterator[Endpoint]:
    entries = client.CustomObjectsApi(cluster.api())
    with _none_where_there_is_none():
        entry: Any = entries.get_namespaced_custom_object(
            "networking.istio.io", "v1alpha3", namespace, "serviceentries", name
        )
        for endpoint in entry["spec"]["endpoints"]:
            yield endpoint["address"], next(iter(endpoint["ports"].values()))


def _of_endpoints(name: str, namespace: str) -> Iterator[Endpoint]:
    with _none_where_there_is_none():
        found: Any = client.CoreV1Api(cluster.api()).read_namespaced_endpoints(name, namespace)
        for subset in found.subsets or ():
            for address in subset.addresses or ():
                yield address.ip, subset.ports[0].port


def _has_service(name: str, namespace: str) -> bool:
    with _none_where_there_is_none():
        client.CoreV1Api(cluster.api()).read_namespaced_service(name, namespace)
        return True
    return False


@contextlib.contextmanager
def _none_where_there_is_none() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
