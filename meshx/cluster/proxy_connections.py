"""The proxies that are connected to an istiod, by its own account."""

from __future__ import annotations

import json
from typing import Any

from meshx.cluster.cluster_client import NO_ANSWER, Cluster, ClusterError
from meshx.istio.ports import ISTIOD_MONITORING_PORT

SECONDS = 10.0
_REQUEST = b"GET /debug/connections HTTP/1.0\r\nHost: localhost\r\n\r\n"


def connected_proxies(cluster: Cluster, namespace: str, pod: str) -> list[str]:
    """Return the names of the proxies that an istiod's pod serves, one for each connection; ClusterError.

    A name is `<pod name>.<namespace>`, for a machine `<name>.<namespace>`, as connected_names says. Asked through a
    port-forward, as istioctl does: istiod answers what comes from its own pod without further proof
    (pilot/pkg/xds/debug.go).
    """
    # Costs a second of CPU, as in cluster_client.py.
    from kubernetes import client, stream  # noqa: PLC0415
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415

    doing = f"asking {namespace}/{pod} which proxies are connected"
    # A client of its own: while it forwards, it does nothing else.
    own = client.CoreV1Api(Cluster(cluster.kubeconfig_file, cluster.context).connected())
    ask = own.connect_get_namespaced_pod_portforward
    forwarding: Any = stream
    try:
        ports = forwarding.portforward(ask, pod, namespace, ports=str(ISTIOD_MONITORING_PORT))
        connection = ports.socket(ISTIOD_MONITORING_PORT)
        connection.settimeout(SECONDS)
        connection.sendall(_REQUEST)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except ApiException as error:
        status = getattr(error, "status", 0) or NO_ANSWER
        raise ClusterError(f"{doing}: the cluster answers {status} to a port-forward", status) from None
    except OSError as error:
        raise ClusterError(f"{doing}: it broke off ({error})") from None
    _, _, body = answer.partition(b"\r\n\r\n")
    names = connected_names(body)
    if names is None:
        raise ClusterError(f"{doing}: its answer makes no sense")
    return names


def connected_names(answer: bytes) -> list[str] | None:
    """Return the names in istiod's answer, the JSON of its /debug/connections; None if it is something else.

    An identifier there is the proxy's name and the connection's number, `vm-1.vm-7` (istio 1.20 to 1.29:
    pilot/pkg/xds/ads.go, connectionID; pilot/pkg/model/context.go, Proxy.ID).
    """
    try:
        clients: list[dict[str, Any]] = json.loads(answer).get("clients") or []
        return [str(one["connectionId"]).rpartition("-")[0] for one in clients]
    except (ValueError, KeyError, AttributeError):
        return None
