"""What meshx sends a machine for its identity: a token to ask for a certificate, or a certificate and its key."""

from __future__ import annotations

import threading

from meshx.cluster.cluster_client import Cluster
from meshx.machine.citadel_request import request_identity
from meshx.machine.drift import IdentityState
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.token_request import request_token


def identity_data(
    inputs: JoinInputs, cluster: Cluster, state: IdentityState, cancelled: threading.Event
) -> dict[str, str]:
    """Return the members of the delivery, {} if the machine has what it needs. Secret: for the machine alone.

    `token`, or `identity/N` for each of the identity's files in the order of their paths. Raises ClusterError,
    IdentityError.
    """
    if state.certificate_usable:
        return {}
    wanted = inputs.bundle.get("identity")
    if wanted is None:
        return {} if state.token_usable else {"token": request_token(cluster, inputs, cancelled)}
    material = request_identity(cluster, inputs.namespace, wanted["secret"], wanted["spiffeId"], cancelled)
    files = sorted(wanted["files"].items())
    return {f"identity/{number}": material.entry(file["entry"]).decode() for number, (_, file) in enumerate(files)}
