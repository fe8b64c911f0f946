"""Plain questions to the apiserver, for the checks that run at every `up`: a full client takes a second to import."""

import http.client
import json
import ssl
from typing import Any

from sandbox.network import NODE_ADDRESS
from sandbox.paths import STATE
from sandbox.supervisor import NotReadyError

PKI = STATE / "pki"
PORT = 6443
SERVER = f"https://{NODE_ADDRESS}:{PORT}"
ANSWER_SECONDS = 3


def get(path: str) -> str:
    """The body of the answer to GET `path`, asked as the administrator. Raises NotReadyError for any but 200."""
    try:
        context = ssl.create_default_context(cafile=str(PKI / "ca.crt"))
        context.load_cert_chain(PKI / "admin.crt", PKI / "admin.key")
        connection = http.client.HTTPSConnection(str(NODE_ADDRESS), PORT, timeout=ANSWER_SECONDS, context=context)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise NotReadyError(f"{SERVER}{path}: {error}") from error
    if answer.status != http.HTTPStatus.OK:
        raise NotReadyError(f"{SERVER}{path}: {answer.status} {answer.reason}")
    return body


def check_serving() -> None:
    """Raise NotReadyError while the apiserver does not call itself ready."""
    get("/readyz")


def check_node(node: str) -> None:
    """Raise NotReadyError while the node `node` is not Ready."""
    found: dict[str, Any] = json.loads(get(f"/api/v1/nodes/{node}"))
    conditions = {condition["type"]: condition for condition in found["status"].get("conditions", [])}
    ready = conditions.get("Ready")
    if ready is None or ready["status"] != "True":
        raise NotReadyError(f"node {node}: {ready['message'] if ready else 'has not reported in yet'}")


def check_deployment(namespace: str, name: str) -> None:
    """Raise NotReadyError while the newest generation of a Deployment has not all its pods ready."""
    found: dict[str, Any] = json.loads(get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"))
    wanted, status = found["spec"]["replicas"], found["status"]
    seen = status.get("observedGeneration") == found["metadata"]["generation"]
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if not seen or not ready >= updated >= wanted:
        raise NotReadyError(f"deployment {namespace}/{name}: {ready} of {wanted} pods are ready")
