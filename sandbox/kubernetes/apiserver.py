"""Plain requests to the apiserver, for the checks at every `up`: importing a full client takes a second."""

import http.client
import json
import ssl
from typing import Any
from urllib.parse import quote

from sandbox.network.addresses import NODE_ADDRESS
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError

PKI = STATE / "pki"
PORT = 6443
SERVER = f"https://{NODE_ADDRESS}:{PORT}"
ANSWER_SECONDS = 3


def get(path: str) -> str:
    """The body of the answer to GET `path`, as the administrator. Raises NotReadyError for any status but 200."""
    return _ask("GET", path)


def patch_status(path: str, conditions: list[dict[str, str]]) -> None:
    """Set conditions in the status of the object at `path`; others stay. NotReadyError for any status but 200."""
    _ask("PATCH", f"{path}/status", json.dumps({"status": {"conditions": conditions}}))


def _ask(method: str, path: str, body: str | None = None) -> str:
    headers = {"Content-Type": "application/strategic-merge-patch+json"} if body else {}
    try:
        context = ssl.create_default_context(cafile=str(PKI / "ca.crt"))
        context.load_cert_chain(PKI / "admin.crt", PKI / "admin.key")
        connection = http.client.HTTPSConnection(str(NODE_ADDRESS), PORT, timeout=ANSWER_SECONDS, context=context)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotReadyError(f"{SERVER}{path}: {error}") from error
    if answer.status != http.HTTPStatus.OK:
        raise NotReadyError(f"{SERVER}{path}: {answer.status} {answer.reason}")
    return said


def check_serving() -> None:
    """Raise NotReadyError while the apiserver does not report that it is ready."""
    get("/readyz")


def check_node(node: str) -> None:
    """Raise NotReadyError while the node `node` is not Ready."""
    found: dict[str, Any] = json.loads(get(f"/api/v1/nodes/{node}"))
    conditions = {condition["type"]: condition for condition in found["status"].get("conditions", [])}
    ready = conditions.get("Ready")
    if ready is None or ready["status"] != "True":
        raise NotReadyError(f"node {node}: {ready['message'] if ready else 'has not reported in yet'}")


def check_deployment(namespace: str, name: str) -> None:
    """Raise NotReadyError until all pods of a Deployment's newest generation are ready.

    It asks the pods themselves: a Deployment's count of them lags behind, for long after a reboot.
    """
    found: dict[str, Any] = json.loads(get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"))
    wanted, status = found["spec"]["replicas"], found["status"]
    seen = status.get("observedGeneration") == found["metadata"]["generation"]
    labels = ",".join(f"{key}={value}" for key, value in found["spec"]["selector"]["matchLabels"].items())
    pods = json.loads(get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={quote(labels)}"))["items"]
    ready, updated = sum(_is_ready(pod) for pod in pods), status.get("updatedReplicas", 0)
    if not seen or not ready >= updated >= wanted:
        raise NotReadyError(f"deployment {namespace}/{name}: {ready} of {wanted} pods are ready")


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    going = "deletionTimestamp" in pod["metadata"]
    return not going and any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
