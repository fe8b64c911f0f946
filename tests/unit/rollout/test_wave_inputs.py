"""When a wave says that a sidecar restarts (meshx/rollout/wave_inputs.py), held to what join.sh compares."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from meshx.join.machine_files import machine_files
from meshx.rollout.wave_inputs import restarts_for

Change = Callable[[dict[str, Any]], object]

ENV, MESH = "/var/lib/meshx/sidecar/cluster.env", "/etc/istio/config/mesh"
SUM, OTHER_SUM = "0" * 64, "1" * 64


def bundle() -> dict[str, Any]:
    return {
        "files": {
            ENV: {"content": "A='1'\n", "owner": "root:root", "mode": "0644"},
            MESH: {"content": "defaultConfig: {}\n", "owner": "root:root", "mode": "0644"},
        },
        "hosts": {"istiod.istio-system.svc": "10.77.0.200"},
        "unit": {"name": "istio", "enabled": True, "active": True},
        "package": {"name": "istio-sidecar", "source": "one.deb", "sha256": SUM},
    }


def started_with(of: dict[str, Any]) -> list[str]:
    """What join.sh takes the sum of (started_mark): the package, and the files' contents by their numbers."""
    files = machine_files(of)
    return [files.get("package", files.get("packages", ""))] + [
        files[name] for name in sorted(files) if name.startswith("files/")
    ]


CHANGES: dict[str, Change] = {
    "nothing": lambda of: None,
    "a file's content": lambda of: of["files"][ENV].update(content="A='2'\n"),
    "a file's owner": lambda of: of["files"][ENV].update(owner="istio-proxy:istio-proxy"),
    "a file's mode": lambda of: of["files"][ENV].update(mode="0600"),
    "a name's address": lambda of: of["hosts"].update({"istiod.istio-system.svc": "10.77.0.201"}),
    "a package": lambda of: of["package"].update(sha256=OTHER_SUM),
    "a package's place": lambda of: of["package"].update(source="mirror/one.deb"),
    "one file fewer": lambda of: of["files"].pop(MESH),
    "ports that close": lambda of: of.update(whenDown={"ports": [8080], "callsPastTheProxy": "refused"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_wave_tells_of_a_restart_where_the_machine_would_see_a_reason_for_one(change: Change) -> None:
    before = bundle()
    after = deepcopy(before)
    change(after)
    assert (restarts_for(after) != restarts_for(before)) == (started_with(after) != started_with(before))


def test_a_package_for_each_kind_of_machine_counts_by_its_sum() -> None:
    before = bundle()
    before["package"] = {"name": "istio-sidecar", "kinds": {"deb.amd64": {"source": "one.deb", "sha256": SUM}}}
    moved, other = deepcopy(before), deepcopy(before)
    moved["package"]["kinds"]["deb.amd64"]["source"] = "mirror/one.deb"
    other["package"]["kinds"]["deb.amd64"]["sha256"] = OTHER_SUM
    assert restarts_for(moved) == restarts_for(before) != restarts_for(other)
