"""The token with which a machine proves its identity once, before it has a certificate."""

from __future__ import annotations

import threading

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import create
from meshx.machine.join_inputs import JoinInputs
from meshx.plugin_base.waiting import Wait

POLICY, POLICY_SECONDS = "ValidatingAdmissionPolicy", 10.0


def request_token(cluster: Cluster, inputs: JoinInputs, cancelled: threading.Event) -> str:
    """Return a fresh token of the machine's service account; ClusterError.

    The stack's own policy for tokens may have changed just now, and an API server may still go by the former one.

    It goes to the machine and nowhere else: not to the state, not to a log.
    Source: Kubernetes API, authentication.k8s.io/v1 TokenRequest. Sent as JSON to its path: loading the client's own
    types for it takes longer than a look at a machine.
    """
    wait = Wait(cancelled, POLICY_SECONDS)
    while True:
        try:
            return _requested(cluster, inputs)
        except ClusterError as error:
            if POLICY not in str(error) or not wait.pause():
                raise


def _requested(cluster: Cluster, inputs: JoinInputs) -> str:
    answer = create(
        cluster,
        f"/api/v1/namespaces/{inputs.namespace}/serviceaccounts/{inputs.service_account}/token",
        {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"audiences": [inputs.token_audience], "expirationSeconds": inputs.token_seconds},
        },
        f"{inputs.machine}: a token for service account {inputs.account}",
    )
    return str(answer["status"]["token"])
