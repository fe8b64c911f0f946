"""Ports of a gateway's Service that somebody else made: meshx adds its own and takes them out again.

meshx reads the Service, changes only its own part and writes on condition that nobody wrote meanwhile. It never
overwrites another's change, but tries again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import found, part, patch
from meshx.plugin_base.custom_resource import ResourceError

CONFLICTS = (409, 422)
"""Another write came between; a JSON Patch whose test of that failed."""
ATTEMPTS = 5


class GatewayPorts:
    """The ports of one Service, as `{name, namespace, ports: {name: port}}` says; {} means none."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def closed(self, gateway: Mapping[str, Any]) -> dict[str, int]:
        """The wanted ports that the Service does not have, by name."""
        return _closed(gateway, self._service(gateway)) if gateway else {}

    def open(self, gateway: Mapping[str, Any]) -> list[int]:
        """Add the missing ports and return them."""
        if not gateway:
            return []
        for _ in range(ATTEMPTS):
            service = self._service(gateway)
            closed = _closed(gateway, service)
            added = [
                {
                    "op": "add",
                    "path": "/spec/ports/-",
                    "value": {"name": name, "port": port, "targetPort": port, "protocol": "TCP"},
                }
                for name, port in closed.items()
            ]
            if not added or self._written(gateway, service, added):
                return list(closed.values())
        raise _contended(gateway)

    def close(self, gateway: Mapping[str, Any], opened: Collection[float]) -> None:
        """Take out the added ports; it is no error if the Service, or a port, is gone."""
        ours = {int(port) for port in opened}
        for _ in range(ATTEMPTS):
            service = (found(self._cluster, _path(gateway)) if gateway and ours else None) or {}
            places = [place for place, port in enumerate(_ports(service)) if int(port["port"]) in ours]
            # From the last one, so that the indexes of the others stay the same.
            removed = [{"op": "remove", "path": f"/spec/ports/{place}"} for place in reversed(places)]
            if not removed or self._written(gateway, service, removed):
                return
        raise _contended(gateway)

    def _service(self, gateway: Mapping[str, Any]) -> dict[str, Any]:
        service = found(self._cluster, _path(gateway))
        if service is None:
            raise ResourceError(f"Service {_place(gateway)} is missing: correct meshx:mesh.gateway")
        return service

    def _written(
        self, gateway: Mapping[str, Any], service: Mapping[str, Any], operations: list[dict[str, Any]]
    ) -> bool:
        version = part(service, "metadata").get("resourceVersion", "")
        unchanged = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
        try:
            patch(self._cluster, _path(gateway), [unchanged, *operations])
        except ClusterError as error:
            if error.status not in CONFLICTS:
                raise
            return False
        return True


def _contended(gateway: Mapping[str, Any]) -> ResourceError:
    return ResourceError(f"Service {_place(gateway)} changes all the time: see who else writes it, and try again")


def _closed(gateway: Mapping[str, Any], service: Mapping[str, Any]) -> dict[str, int]:
    there = {int(port["port"]) for port in _ports(service)}
    return {name: int(port) for name, port in gateway["ports"].items() if int(port) not in there}


def _ports(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    return part(service, "spec").get("ports") or []


def _path(gateway: Mapping[str, Any]) -> str:
    return f"/api/v1/namespaces/{gateway['namespace']}/services/{gateway['name']}"


def _place(gateway: Mapping[str, Any]) -> str:
    return f"{gateway['namespace']}/{gateway['name']}"
