"""The entries of a namespace as they change, for all who wait."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.entry_watch import EntryWatch, entry_watch
from meshx.cluster.registration import entries_path
from meshx.plugin_base.custom_resource import Operation
from meshx.plugin_base.waiting import Wait
from tests.unit.stand_ins.api_stand_in import StandInApi

LIST = entries_path("vm")


@pytest.fixture
def cluster(api: StandInApi, tmp_path: Path) -> Cluster:
    return Cluster(str(api.kubeconfig(tmp_path)), "tests").patient(Operation("urn", "type", "vm-1"))


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    wait = Wait(threading.Event(), seconds, first=0.01, most=0.05)
    while not holds():
        assert wait.pause(), "it never came"


def live(watch: EntryWatch) -> None:
    until(lambda: watch.entries is not None)


def test_machines_that_wait_hear_of_their_entries_without_asking_again_and_again(
    api: StandInApi, cluster: Cluster
) -> None:
    names = [f"vm-{number}" for number in range(40)]
    for name in names:
        api.entry(f"vm/{name}", healthy=None)

    def wait_for(name: str) -> float:
        wait = Wait(threading.Event(), 30)
        with entry_watch(cluster, "vm").used(cluster) as entries:
            while not (health := entries.health(name)) or not health.healthy:
                assert wait.pause(entries.news)
        return wait.waited

    with ThreadPoolExecutor(len(names)) as waiting:
        taken = [waiting.submit(wait_for, name) for name in names]
        live(entry_watch(cluster, "vm"))
        time.sleep(1.5)
        asked = len(api.requests)
        for name in names:
            api.entry(f"vm/{name}")
        assert max(one.result() for one in taken) < 15
    # Those that had not compared yet what the watch began with, and nobody else.
    assert len(api.requests) - asked <= len(names)
    assert api.asked("GET").count(LIST) == 1


def test_who_begins_to_wait_sees_what_was_written_just_before(api: StandInApi, cluster: Cluster) -> None:
    api.entry("vm/vm-1")
    watch = entry_watch(cluster, "vm")
    with watch.used(cluster) as before:
        live(watch)
        assert before.health("vm-1").healthy
        watch._heard = lambda event: ""  # type: ignore[method-assign] - the watch hears nothing any more
        api.entry("vm/vm-1", healthy=None)
        assert before.health("vm-1").healthy
        with watch.used(cluster) as after:
            assert after.health("vm-1").healthy is None
        del api.entries["vm/vm-1"]
        with watch.used(cluster) as after:
            assert after.health("vm-1") is None


def test_a_list_that_was_on_its_way_when_somebody_began_to_wait_is_compared_first(
    api: StandInApi, cluster: Cluster
) -> None:
    api.entry("vm/vm-1")
    watch = entry_watch(cluster, "vm")
    with watch.used(cluster) as entries:
        assert entries.health("vm-1").healthy
        live(watch)
        watch._heard = lambda event: ""  # type: ignore[method-assign] - as above
        api.entry("vm/vm-1", healthy=None)
        watch.entries = {"vm-1": {"metadata": {"name": "vm-1"}, "status": {}}}
        assert entries.health("vm-1").checked, "and not the list's word"


def test_an_entry_that_is_deleted_is_gone_and_an_event_from_before_brings_back_no_former_word(
    api: StandInApi, cluster: Cluster
) -> None:
    api.entry("vm/vm-1")
    api.entry("vm/vm-2")
    watch = entry_watch(cluster, "vm")
    with watch.used(cluster) as entries:
        live(watch)
        assert len(entries.all()) == 2
        former = api._versioned("vm/vm-2")
        api.entry("vm/vm-2", healthy=None)
        until(lambda: entries.health("vm-2").healthy is None)
        watch.take(former)
        assert entries.health("vm-2").healthy is None
        del api.entries["vm/vm-1"]
        until(lambda: entries.health("vm-1") is None)
        assert len(entries.all()) == 1


def test_where_nobody_may_watch_each_question_goes_to_the_cluster(
    api: StandInApi, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = api.answer
    monkeypatch.setattr(api, "answer", lambda *one: (403, {"message": "no"}) if one[1] == LIST else answer(*one))
    api.entry("vm/vm-1", healthy=None)
    with entry_watch(cluster, "vm").used(cluster) as entries:
        time.sleep(0.2)
        assert entries.health("vm-1").healthy is None
        api.entry("vm/vm-1")
        assert entries.health("vm-1").healthy
    assert api.asked("GET").count(LIST) <= 1


def test_an_api_server_that_starts_anew_is_watched_again(api: StandInApi, cluster: Cluster) -> None:
    api.entry("vm/vm-1", healthy=None)
    watch = entry_watch(cluster, "vm")
    with watch.used(cluster) as entries:
        live(watch)
        api.closing, api.failing = True, [503, 0, 503]
        until(lambda: not api.failing)
        api.closing = False
        api.entry("vm/vm-1")
        until(lambda: bool(watch.entries) and entries.health("vm-1").healthy is True)
