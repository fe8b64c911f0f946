"""What the plugin finds out about control planes by revision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.control_plane.revisions import control_planes_function as function
from meshx.control_plane.revisions.control_planes_function import control_planes, version_of

MARK = "meshx.dev.0123456789"
ASKED = {"namespace": "istio-system", "owners": [MARK, "meshx.dev"], "stays": "canary", "asked": ""}
OTHERS, OURS = {}, {"global": {"meshx": {"owner": MARK}}}


def istiod(revision: str) -> dict[str, Any]:
    containers = [{"name": "discovery", "image": "docker.io/istio/pilot:1.30.2-distroless"}]
    return {
        "metadata": {"name": f"istiod-{revision}", "labels": {"app": "istiod", "istio.io/rev": revision}},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is there; tests change it: values by ConfigMap, pods and their proxies by revision, tags by Service."""
    there: dict[str, Any] = {
        "values": {"istio-sidecar-injector": OURS, "istio-sidecar-injector-canary": OURS},
        "proxies": {"istiod-default-1": ["vm-1.vm", "gw.istio-system"], "istiod-default-2": ["vm-1.vm"]},
        "tags": {},
        "gone": {},
        "containers": {},
    }

    def pods(_: Cluster, path: str, selectors: dict[str, str]) -> list[dict[str, Any]]:
        assert path == "/api/v1/namespaces/istio-system/pods"
        revision = selectors["labelSelector"].partition("istio.io/rev=")[2]
        return [
            {
                "metadata": {"name": name, **there["gone"].get(name, {})},
                "status": {"phase": "Running", "containerStatuses": there["containers"].get(name, [])},
            }
            for name in there["proxies"]
            if f"-{revision}-" in name
        ]

    def connected(_: Cluster, namespace: str, pod: str) -> list[str]:
        assert namespace == "istio-system"
        if isinstance(there["proxies"][pod], str):
            raise ClusterError(there["proxies"][pod], 403)
        return list(there["proxies"][pod])

    def config_map(_: Cluster, namespace: str, name: str) -> dict[str, str] | None:
        values = there["values"].get(name)
        return None if values is None else {"values": json.dumps(values)}

    monkeypatch.setattr(function, "deployments", lambda *_: [istiod("default"), istiod("canary")])
    monkeypatch.setattr(function, "config_map", config_map)
    monkeypatch.setattr(function, "listed", pods)
    monkeypatch.setattr(function, "connected_proxies", connected)
    monkeypatch.setattr(function, "service", lambda _, namespace, name: there["tags"].get(name))
    monkeypatch.setattr(function, "found", lambda _, path: there["tags"].get(path.rpartition("/")[2]))
    return there


def answered(**arguments: Any) -> dict[str, dict[str, Any]]:
    found = control_planes(Cluster(), {**ASKED, **arguments})
    return {one["revision"]: one for one in found["controlPlanes"]}


def test_the_stacks_own_other_is_asked_who_is_connected(cluster: dict[str, Any]) -> None:
    found = answered()
    assert list(found) == ["canary", "default"]
    assert found["default"]["proxies"] == ["gw.istio-system", "vm-1.vm"]
    assert (found["default"]["owned"], found["default"]["version"]) == (True, "1.30.2")
    assert found["canary"]["proxies"] == []


def test_one_of_others_is_asked_only_if_it_is_named(cluster: dict[str, Any]) -> None:
    cluster["values"]["istio-sidecar-injector"] = OTHERS
    assert answered()["default"]["proxies"] == []
    assert answered()["default"]["owned"] is False
    assert answered(asked="default")["default"]["proxies"] == ["gw.istio-system", "vm-1.vm"]


def test_an_istiod_that_may_not_be_asked_says_why(cluster: dict[str, Any]) -> None:
    cluster["proxies"]["istiod-default-2"] = "the cluster answers 403 to a port-forward"
    assert answered()["default"]["trouble"] == "the cluster answers 403 to a port-forward"


def test_a_pod_that_is_going_is_not_asked(cluster: dict[str, Any]) -> None:
    cluster["gone"] = {"istiod-default-1": {"deletionTimestamp": "2026-11-30T00:00:00Z"}}
    assert answered()["default"]["proxies"] == ["vm-1.vm"]


def test_a_pod_whose_istiod_does_not_come_up_serves_nobody_and_is_not_asked(cluster: dict[str, Any]) -> None:
    cluster["proxies"]["istiod-default-1"] = "it broke off (connection refused)"
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    cluster["containers"]["istiod-default-1"] = [{"name": "other"}, {"name": "discovery", "state": state}]
    found = answered()["default"]
    assert (found["proxies"], found["trouble"]) == (["vm-1.vm"], "")


@pytest.mark.parametrize("name", ["istiod-revision-tag-stable", "istio-revision-tag-stable"])
def test_a_tag_leads_to_its_revision_by_its_service_or_its_webhook(cluster: dict[str, Any], name: str) -> None:
    cluster["tags"][name] = {"metadata": {"labels": {"istio.io/rev": "default", "istio.io/tag": "stable"}}}
    found = control_planes(Cluster(), {**ASKED, "stays": "stable"})
    assert found["leadsTo"] == "default"
    assert [one["proxies"] for one in found["controlPlanes"] if one["revision"] == "default"] == [[]]


def test_whoever_may_not_read_webhooks_is_told_of_no_tag(
    cluster: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Cluster, path: str) -> None:
        raise ClusterError(path, 403)

    monkeypatch.setattr(function, "found", refused)
    assert control_planes(Cluster(), {**ASKED, "stays": "stable"})["leadsTo"] == ""


def test_a_revision_that_runs_is_no_tag(cluster: dict[str, Any]) -> None:
    cluster["tags"]["istiod-revision-tag-canary"] = {"metadata": {"labels": {"istio.io/rev": "default"}}}
    assert control_planes(Cluster(), ASKED)["leadsTo"] == ""


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker.io/istio/pilot:1.31.0", "1.31.0"),
        ("registry.example:5000/istio/pilot:1.31-distroless", "1.31"),
        ("registry.example/pilot:v1.30.2@sha256:0123", "1.30.2"),
        ("gke.gcr.io/asm/pilot:1.30.2-asm.3", "1.30.2"),
        ("localhost/meshx/pilot:1", ""),
        ("registry.example:5000/pilot", ""),
        ("pilot:latest", ""),
        ("pilot@sha256:1.31", ""),
    ],
)
def test_the_version_is_that_of_the_images_tag(image: str, version: str) -> None:
    assert version_of(image) == version
