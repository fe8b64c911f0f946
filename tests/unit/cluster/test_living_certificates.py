"""Who may still hold a certificate from before some moment."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from meshx.cluster.trust.living_certificates import Proxies, holders_words, lifetime

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def pod(
    name: str, started: datetime, environment: dict[str, str] | None = None, kind: str = "container"
) -> dict[str, Any]:
    """A pod whose proxy started then; kind: `container` or, of a native sidecar, `initContainer`."""
    variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
    began = {"running": {"startedAt": f"{started:%Y-%m-%dT%H:%M:%SZ}"}}
    return {
        "metadata": {"name": name, "namespace": "bar"},
        "spec": {f"{kind}s": [{"name": "istio-proxy", "env": variables}]},
        "status": {f"{kind}Statuses": [{"name": "istio-proxy", "state": began}]},
    }


def names(moment: datetime, *pods: dict[str, Any], machines: dict[str, timedelta] | None = None) -> list[str]:
    return [holder.name for holder in Proxies(pods, machines or {}, NOW).from_before(moment)]


@pytest.mark.parametrize("kind", ["container", "initContainer"])
def test_a_proxy_that_runs_since_before_holds_one_and_a_later_one_does_not(kind: str) -> None:
    before, after = pod("old", NOW - 3 * HOUR, kind=kind), pod("new", NOW - HOUR, kind=kind)
    assert names(NOW - 2 * HOUR, before, after) == ["pod bar/old"]


def test_no_certificate_outlives_the_life_that_its_proxy_asks_for() -> None:
    started = NOW - 30 * DAY
    short, usual = pod("short", started, {"SECRET_TTL": "1h0m0s"}), pod("usual", started)
    assert names(NOW - 2 * HOUR, short, usual) == ["pod bar/usual"]
    assert names(NOW - 2 * DAY, short, usual) == []


def test_clocks_that_differ_a_little_do_not_end_it_early() -> None:
    assert names(NOW - DAY - timedelta(seconds=30), pod("usual", NOW - 30 * DAY)) == ["pod bar/usual"]


def test_pods_without_a_proxy_that_runs_hold_nothing() -> None:
    ended = pod("ended", NOW - 3 * HOUR)
    ended["status"]["containerStatuses"][0]["state"] = {"terminated": {"startedAt": "2026-06-01T09:00:00Z"}}
    other = pod("other", NOW - 3 * HOUR)
    other["status"]["containerStatuses"][0]["name"] = "app"
    assert names(NOW - 2 * HOUR, ended, other, {"metadata": {}, "spec": {}, "status": {}}) == []


def test_machines_count_for_the_life_of_their_certificates() -> None:
    assert names(NOW - 2 * HOUR, machines={"machines": 3 * HOUR}) == ["machines"]
    assert names(NOW - 4 * HOUR, machines={"machines": 3 * HOUR}) == []


def test_words_have_the_last_end_and_not_each_of_a_thousand_names() -> None:
    pods = [pod(f"p-{number}", NOW - 3 * HOUR) for number in range(9)]
    found = Proxies(pods, {"vm-1": DAY}, NOW).from_before(NOW - 2 * HOUR)
    words = "pod bar/p-0, pod bar/p-1, pod bar/p-2 and 6 more; vm-1, until 2026-06-02T10:01:00Z"
    assert holders_words(found) == words


@pytest.mark.parametrize(
    ("text", "wanted"), [("90s", 90), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5), ("", 86400), ("a day", 86400)]
)
def test_a_life_is_read_as_go_reads_it(text: str, wanted: float) -> None:
    assert lifetime(text).total_seconds() == wanted
