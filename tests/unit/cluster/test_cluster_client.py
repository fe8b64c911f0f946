"""The cluster's client: one for all, loaded while something else is waited for, patient with what passes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster import cluster_client
from meshx.cluster.cluster_client import Cluster, ClusterError, cluster_of
from meshx.cluster.cluster_objects import found
from meshx.plugin_base.custom_resource import Operation
from tests.unit.stand_ins.api_stand_in import StandInApi


def test_what_is_wrong_with_a_kubeconfig_is_told_by_the_call_that_needs_it_and_not_beforehand(tmp_path: Path) -> None:
    cluster = Cluster(str(tmp_path / "missing"), "nowhere")
    cluster.prepare()

    def request(client: Any) -> None:
        raise AssertionError("there is no client to call with")

    with pytest.raises(ClusterError, match="cannot be used"):
        cluster.call("looking", request)


ENTRY = "/apis/networking.istio.io/v1/namespaces/vm/workloadentries/vm-1"


def operation(said: list[str], cancelled: threading.Event | None = None) -> Operation:
    return Operation(
        "urn", "type", "vm-1", cancelled=cancelled or threading.Event(), log=lambda _, text: said.append(text)
    )


def test_all_who_ask_a_cluster_by_the_same_context_do_so_by_one_client(api: StandInApi, tmp_path: Path) -> None:
    settings = {"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "tests"}
    first, second = cluster_of(settings), cluster_of(dict(settings))
    assert first.connected() is second.patient(operation([])).connected()
    assert cluster_of({**settings, "context": None}).api is not first.api


def test_errors_of_the_former_cluster_name_its_own_key(api: StandInApi, tmp_path: Path) -> None:
    of_this = cluster_of({"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "nowhere"})
    for cluster, words in (
        (of_this, "correct meshx:cluster"),
        (of_this.beside("gone").patient(operation([])), "correct meshx:former.context"),
    ):
        with pytest.raises(ClusterError, match=f"{words}$"):
            found(cluster, ENTRY)
    api.forbidden = "/"
    with pytest.raises(ClusterError, match=r"the cluster of meshx:former\.context \(tests\) answers user may not"):
        found(of_this.beside("tests"), ENTRY)


# An answer that does not come is asked for once more by the client itself.
@pytest.mark.parametrize("failing", [[429], [503, 500], [0, 0, 0]])
def test_an_operation_waits_out_what_passes_and_tells_of_it_once(
    api: StandInApi, tmp_path: Path, failing: list[int]
) -> None:
    api.entry("vm/vm-1")
    api.failing = failing
    said: list[str] = []
    cluster = Cluster(str(api.kubeconfig(tmp_path)), "tests").patient(operation(said))
    assert found(cluster, ENTRY)
    assert len(said) == 1
    assert "it is tried again" in said[0]


def test_what_does_not_pass_is_told_at_once(api: StandInApi, tmp_path: Path) -> None:
    api.forbidden = "workloadentries"
    with pytest.raises(ClusterError, match="right to it"):
        found(Cluster(str(api.kubeconfig(tmp_path)), "tests").patient(operation([])), ENTRY)
    assert len(api.requests) == 1


def test_who_has_no_operation_asks_once(api: StandInApi, tmp_path: Path) -> None:
    api.failing = [503]
    with pytest.raises(ClusterError, match="not now"):
        found(Cluster(str(api.kubeconfig(tmp_path)), "tests"), ENTRY)


def test_a_cluster_that_was_silent_for_long_is_waited_for_by_nobody_until_it_answers(
    api: StandInApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_client, "PATIENCE_SECONDS", 0.2)
    api.failing, said = [503] * 20, list[str]()
    cluster = Cluster(str(api.kubeconfig(tmp_path)), "tests").patient(operation(said))
    for _ in range(2):
        with pytest.raises(ClusterError):
            found(cluster, ENTRY)
    assert len(said) == 1
    api.failing = []
    assert found(cluster, ENTRY) is None
    api.failing = [503]
    assert found(cluster, ENTRY) is None


def test_the_end_of_the_run_ends_patience(api: StandInApi, tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    api.failing = [503]
    with pytest.raises(ClusterError):
        found(Cluster(str(api.kubeconfig(tmp_path)), "tests").patient(operation([], cancelled)), ENTRY)
