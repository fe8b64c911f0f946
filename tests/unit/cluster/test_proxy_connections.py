"""Which cluster is asked who is connected to its istiod, and what is said if it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.proxy_connections import connected_proxies
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

FORWARD = "/api/v1/namespaces/istio-system/pods/istiod-1/portforward"


@pytest.fixture
def api() -> Iterator[StandInApi]:
    api = StandInApi(forbidden="/portforward")
    server = ApiServer(api)
    yield api
    server.close()


def refusal(cluster: Cluster) -> ClusterError:
    with pytest.raises(ClusterError) as raised:
        connected_proxies(cluster, "istio-system", "istiod-1")
    return raised.value


def test_who_may_not_forward_a_port_is_told_the_right_that_it_takes(api: StandInApi, tmp_path: Path) -> None:
    error = refusal(Cluster(str(api.kubeconfig(tmp_path)), "tests"))
    assert error.status == 403
    assert str(error) == (
        "asking istio-system/istiod-1 which proxies are connected: the cluster answers 403 to a port-forward: give "
        "the user of this kubeconfig the right to it (`get` and `create` on pods/portforward)"
    )


def test_the_cluster_of_a_kubeconfig_text_is_the_one_that_is_asked(
    api: StandInApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    error = refusal(Cluster(context="tests", kubeconfig=api.kubeconfig(tmp_path).read_text()))
    assert error.status == 403
    assert api.asked("GET") == [FORWARD]


def test_a_cluster_that_does_not_answer_is_told_with_the_cause(tmp_path: Path) -> None:
    api = StandInApi()
    server = ApiServer(api)
    cluster = Cluster(str(api.kubeconfig(tmp_path)), "tests")
    server.close()
    error = refusal(cluster)
    assert error.status == 0
    assert "Connection refused" in str(error)
