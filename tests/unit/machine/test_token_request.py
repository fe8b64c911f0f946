"""A token is asked for again while an API server still goes by a policy for tokens that has changed just now."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.machine import token_request
from meshx.machine.join_inputs import join_inputs
from tests.unit.stand_ins.api_stand_in import TOKEN, ApiServer, StandInApi

INPUTS = join_inputs(
    {
        "machine": "vm-1",
        "namespace": "vm",
        "serviceAccount": "vmhttp",
        "connection": {"host": "127.0.0.1", "user": "root", "hostKey": ""},
        "bundle": {},
    }
)
POLICY = "ValidatingAdmissionPolicy 'meshx-tokens-1' with binding 'meshx-tokens-1' denied request: 3600 s at most"


class Refusing(StandInApi):
    """An API server that goes by a former policy for some requests."""

    times = 2
    message = POLICY

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if self.times:
            self.times -= 1
            return 422, {"message": self.message}
        return super().answer(method, path, body)


@pytest.fixture
def cluster(tmp_path: Path) -> Any:

    api = Refusing()
    server = ApiServer(api)
    yield api, Cluster(str(api.kubeconfig(tmp_path)), "tests")
    server.close()


def test_it_is_asked_for_again(cluster: Any) -> None:
    assert token_request.request_token(cluster[1], INPUTS, threading.Event()) == TOKEN


def test_a_policy_that_stays_is_told(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_request, "POLICY_SECONDS", 0.3)
    cluster[0].times = 1000
    with pytest.raises(ClusterError, match="3600 s at most"):
        token_request.request_token(cluster[1], INPUTS, threading.Event())


def test_another_refusal_is_told_at_once(cluster: Any) -> None:
    cluster[0].message = "the account is being deleted"
    with pytest.raises(ClusterError, match="being deleted"):
        token_request.request_token(cluster[1], INPUTS, threading.Event())
    assert cluster[0].times == 1
