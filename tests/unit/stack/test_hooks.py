"""The checks before the engine acts, where the cluster does not answer."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.interrupted_runs import go_on_with_object
from meshx.config.owner import stated_owner
from meshx.stack.hooks import ClusterFinder, RefusedError, _run  # pyright: ignore[reportPrivateUsage]
from tests.unit.cluster.cluster_stand_in import StandInCluster
from tests.unit.stand_ins.api_stand_in import ApiServer

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "vm"}}
ARGUMENTS = pulumi.ResourceHookArgs("urn", "", "vm-1", "kubernetes:core/v1:Service", new_inputs={})


def found(cluster: Cluster) -> ClusterFinder:
    """What gives this cluster."""

    async def find() -> Cluster:
        return cluster

    return find


@pytest.mark.parametrize(
    ("status", "looks"),
    [(0, 1), (403, 3)],
    ids=["a silent cluster is asked once", "one that forbids a look is asked for the next object"],
)
def test_a_preview_goes_on_without_the_clusters_answer(
    status: int, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _ask(status, monkeypatch, preview=True)
    assert len(asked) == looks


def test_an_update_is_refused_without_the_clusters_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError):
        _ask(0, monkeypatch, preview=False)


def test_an_update_waits_out_an_api_server_that_is_busy_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", said.append)
    api = StandInCluster()
    server = ApiServer(api)
    api.failing = [429]
    arguments = pulumi.ResourceHookArgs("urn", "", "web", "kubernetes:core/v1:Service", new_inputs=SERVICE)
    asyncio.run(
        _run(go_on_with_object, found(api.client(tmp_path)), stated_owner("meshx.dev"), asyncio.Event())(arguments)
    )
    server.close()
    assert ["it is tried again" in line for line in said] == [True]


def _ask(status: int, monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> list[Any]:
    """The looks of three objects, one after the other, at a cluster that answers with an error."""
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: preview)
    for level in ("debug", "error"):
        monkeypatch.setattr(pulumi.log, level, lambda *_: None)
    asked: list[Any] = []

    def look(cluster: Cluster, inputs: Any, owner: str, in_preview: bool) -> None:
        asked.append(inputs)
        raise ClusterError("the cluster's API cannot be reached", status)

    async def ask() -> None:
        hook = _run(look, found(Cluster()), stated_owner("meshx.dev"), asyncio.Event())
        for _ in range(3):
            await hook(ARGUMENTS)

    asyncio.run(ask())
    return asked


def test_a_look_needs_none_of_the_threads_that_wait_for_registrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with many machines: each of the loop's own threads waits for the engine, and the engine for the look."""
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    looked = threading.Event()

    def look(cluster: Cluster, inputs: Any, owner: str, in_preview: bool) -> None:
        looked.set()

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        registration = loop.run_in_executor(None, looked.wait, 5)
        await _run(look, found(Cluster()), stated_owner("meshx.dev"), asyncio.Event())(ARGUMENTS)
        assert await registration

    asyncio.run(asyncio.wait_for(ask(), 5))
