"""Stacks whose workloads, machines and networks have names that met: no two things are one object."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.program.recorded_program import INSTALLED, Registered, run
from tests.program.test_gce import OF_KUBECONFIG
from tests.program.test_states_before import STACKS

PORT = {"name": "http", "port": 8080}
MEET = [("a-b", ["c"]), ("a", ["b-c", "b"]), ("a-b-c", ["d"]), ("a-machines", ["e"])]
"""Workloads and their machines: `a-b` with `c` and `a` with `b-c` are joined alike, and so are others."""


def objects(registered: list[Registered]) -> Counter[tuple[str, str, str]]:
    """The objects in the cluster and in Google Cloud, by type, namespace and name."""
    found: list[tuple[str, str, str]] = []
    for one in registered:
        metadata = one.inputs.get("metadata") or {}
        if one.type.startswith("kubernetes:") and metadata:
            found.append((one.type, metadata.get("namespace", ""), metadata["name"]))
        elif one.type.startswith("gcp:"):
            found.append((one.type, "", str(one.inputs.get("name") or one.inputs.get("accountId"))))
    return Counter(found)


def assert_nothing_meets(registered: list[Registered]) -> None:
    assert len({one.urn for one in registered}) == len(registered), "two resources of one logical name"
    assert [one for one, times in objects(registered).items() if times > 1] == []


def over_ssh(values: dict[str, Any]) -> list[dict[str, Any]]:
    ssh = values["workloads"][0]["machines"][0]["ssh"]
    addresses = iter(range(11, 99))
    return [
        {
            "name": name,
            "namespace": "vm",
            "ports": [PORT],
            "machines": [{"name": one, "address": f"10.77.0.{next(addresses)}", "ssh": ssh} for one in machines],
        }
        for name, machines in MEET
    ]


def test_machines_whose_names_meet_have_entries_of_their_own(values: dict[str, Any], folder: Path) -> None:
    values["workloads"] = over_ssh(values)
    registered = run(values, folder, INSTALLED)
    assert_nothing_meets(registered)
    entries = [name for type_, _, name in objects(registered) if type_.endswith(":ServiceEntry")]
    assert "a-machines-e" in entries, "what meets nothing keeps its name, which states have"


def test_nothing_meets_on_the_classic_line(
    values: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classic = STACKS["classic"]
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    monkeypatch.chdir(folder)
    mesh = {**classic["configuration"]["mesh"], "values": {"istio": {"global": {"mtls": {"enabled": True}}}}}
    stack = {**values, "mesh": mesh, "cluster": classic["configuration"]["cluster"], "workloads": over_ssh(values)}
    registered = run(stack, folder, classic["cluster"])
    assert_nothing_meets(registered)
    names = {name for type_, _, name in objects(registered) if type_.endswith(":DestinationRule")}
    assert {"a-identity", "a-machines-identity", "a-b-machines-identity"} <= names


def test_nothing_meets_in_google_cloud(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    stack = {**STACKS["instances"]["configuration"]}
    places = [("a-b", "c", "net_1"), ("a", "b-c", "net-1"), ("a", "b", "net_1"), ("on", "net-1", "net-1")]
    stack["networks"] = [{"name": name, "apiServer": "gateway"} for name in ("net_1", "net-1")]
    stack["workloads"] = [
        {
            "name": name,
            "namespace": namespace,
            "network": network,
            "ports": [PORT],
            "machines": [
                {
                    "name": f"vm-{number}",
                    "address": f"10.79.0.{number}",
                    "gce": {"vpc": f"projects/project-{number}/global/networks/shared"},
                }
            ],
        }
        for number, (namespace, name, network) in enumerate(places, 11)
    ]
    registered = run(stack, folder, {**OF_KUBECONFIG, **STACKS["instances"]["cluster"]})
    assert_nothing_meets(registered)
    tags = [tuple(one.inputs["tags"]) for one in registered if one.type == "gcp:compute/instance:Instance"]
    assert len({of_workload for _, of_workload in tags}) == len(places)
    assert len({of_network for of_network, _ in tags}) == len({"net_1", "net-1"})


def test_two_stacks_of_one_name_in_two_backends_share_no_name_and_no_tag(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    named: list[set[str]] = []
    for backend in ("s3://states-of-shop", "s3://states-of-payments"):
        monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
        registered = run(STACKS["group"]["configuration"], folder, STACKS["group"]["cluster"])
        in_cloud = [one.inputs for one in registered if one.type.startswith("gcp:compute/")]
        own = {str(one["name"]) for one in in_cloud if "name" in one}
        tags = {tag for one in in_cloud for tag in one.get("tags") or ()}
        marks = {
            one.inputs["metadata"]["labels"]["meshx/owner"]
            for one in registered
            if one.type.startswith("kubernetes:core")
        }
        assert own and tags and len(marks) == 1
        named.append(own | tags | marks)
    assert not named[0] & named[1]


def test_what_google_would_replace_for_another_name_keeps_the_one_that_its_state_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    registered = run(STACKS["group"]["configuration"], folder, STACKS["group"]["cluster"])
    kept = {one.type.rpartition(":")[2]: one.ignored for one in registered if one.type.startswith("gcp:")}
    assert {kind: ignored & {"name", "namePrefix", "accountId"} for kind, ignored in kept.items()} == {
        "Account": {"accountId"},
        "Firewall": {"name"},
        "HealthCheck": {"name"},
        "RegionInstanceGroupManager": {"name"},
        "RegionInstanceTemplate": {"namePrefix"},
        **({"RegionAutoscaler": frozenset()} if "RegionAutoscaler" in kept else {}),
    }
