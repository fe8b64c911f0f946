"""The token by which a machine proves its identity once, before it has a certificate."""

from __future__ import annotations

from typing import Any

from meshx.provider.cluster_client import REQUEST_SECONDS, Cluster
from meshx.provider.join_inputs import JoinInputs


def request_token(cluster: Cluster, inputs: JoinInputs) -> str:
    """Return a fresh token of the machine's service account (Kubernetes API, TokenRequest); ClusterError.

    It goes to the machine and nowhere else: not to the state, not to a log.
    """

    def request(client: Any) -> str:
        from kubernetes import client as kubernetes  # noqa: PLC0415 - see cluster_client.py

        spec: Any = kubernetes.V1TokenRequestSpec(
            audiences=[inputs.token_audience], expiration_seconds=inputs.token_seconds
        )
        answer: Any = kubernetes.CoreV1Api(client).create_namespaced_service_account_token(
            inputs.service_account,
            inputs.namespace,
            kubernetes.AuthenticationV1TokenRequest(spec=spec),
            _request_timeout=REQUEST_SECONDS,
        )
        return answer.status.token

    return cluster.call(f"{inputs.machine}: a token for service account {inputs.account}", request)
