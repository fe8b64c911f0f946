"""The proxies that are connected to an istiod, by its own account."""

from __future__ import annotations

import json
from typing import Any

from meshx.cluster.cluster_client import NO_ANSWER, NOT_ALLOWED, Cluster, ClusterError
from meshx.istio.ports import ISTIOD_MONITORING_PORT

SECONDS = 10.0
RIGHT = "`get` and `create` on pods/portforward"
"""What it takes: a WebSocket asks by GET, and since Kubernetes 1.35 that takes `create` as well
(kubernetes/kubernetes pull request 134577)."""
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
    own = client.CoreV1Api(Cluster(cluster.kubeconfig_file, cluster.context, cluster.kubeconfig).connected())
    ask = own.connect_get_namespaced_pod_portforward
    forwarding: Any = stream
    try:
        ports = forwarding.portforward(ask, pod, namespace, ports=str(ISTIOD_MONITORING_PORT))
        connection = ports.socket(ISTIOD_MONITORING_PORT)
        connection.settimeout(SECONDS)
        connection.sendall(_REQUEST)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except ApiException as error:
        # The library keeps the status of a refused handshake in its cause alone (portforward_call in ws_client.py).
        status = getattr(error.__context__, "status_code", NO_ANSWER)
        reason = getattr(error, "reason", "")
        answers = f"the cluster answers {status} to a port-forward" if status else f"no port-forward ({reason})"
        remedy = f": give the user of this kubeconfig the right to it ({RIGHT})" if status in NOT_ALLOWED else ""
        raise ClusterError(f"{doing}: {answers}{remedy}", status) from None
    except OSError as error:
        raise ClusterError(f"{doing}: it broke off ({error})") from None
    _, _, body = answer.partition(b"\r\n\r\n")
    names = connected_names(body)
    if names is None:
        line = answer.partition(b"\r\n")[0].decode(errors="replace")
        broke = ports.error(ISTIOD_MONITORING_PORT)
        words = f"it broke off ({broke.strip()})" if broke else f"it answers {line!r}: is ENABLE_DEBUG_ON_HTTP false?"
        raise ClusterError(f"{doing}: {words}")
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
