"""What a run takes up of what it finds in the cluster: its own, and nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.interrupted_runs import (
    ForeignObjectError,
    change_object,
    clear_for_install,
    clear_for_upgrade,
    go_on_with_object,
)
from meshx.cluster.ownership import owned_values
from meshx.config.owner import stack_owner
from tests.unit.cluster.cluster_stand_in import KINDS, StandInCluster, api, cluster

__all__ = ["api", "cluster"]


OWNER = stack_owner("organization", "s3://states", "meshx", "dev")
OTHER = stack_owner("organization", "s3://others", "meshx", "dev")
"""Another team's stack of the same name."""
LABELS = {"meshx/owner": OWNER.mark}
OURS = owned_values({"pilot": {"x": 1}}, LABELS)
RELEASE = {"namespace": "istio-system", "name": "istiod"}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "vm"}}
SERVICE_PATH = "/api/v1/namespaces/vm/services/web"


def test_an_object_that_is_not_there_may_be_made(cluster: Cluster) -> None:
    go_on_with_object(cluster, SERVICE, OWNER)


def test_an_object_of_a_kind_that_is_not_there_yet_may_be_made(cluster: Cluster) -> None:
    entry = {"apiVersion": "extensions.istio.io/v1", "kind": "Telemetry", "metadata": {"name": "a", "namespace": "vm"}}
    go_on_with_object(cluster, entry, OWNER)
    go_on_with_object(cluster, {**entry, "apiVersion": "networking.istio.io/v1"}, OWNER)


def test_an_own_object_of_an_earlier_run_is_gone_on_with(api: StandInCluster, cluster: Cluster) -> None:
    api.put(SERVICE_PATH, LABELS)
    api.put("/apis/networking.istio.io/v1/namespaces/vm/workloadentries/vm-1", LABELS)
    go_on_with_object(cluster, SERVICE, OWNER)
    entry = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "WorkloadEntry",
        "metadata": {"name": "vm-1", "namespace": "vm"},
    }
    go_on_with_object(cluster, entry, OWNER)


def test_a_dead_runs_fields_are_let_go_so_that_another_configuration_may_change_them(
    api: StandInCluster, cluster: Cluster
) -> None:
    api.put(SERVICE_PATH, LABELS)
    go_on_with_object(cluster, SERVICE, OWNER)
    entries = api.objects[SERVICE_PATH]["metadata"]["managedFields"]
    assert [entry["manager"] for entry in entries] == ["istiod", "meshx"]
    assert entries[1]["fieldsV1"] == {"f:metadata": {"f:labels": {"f:meshx/owner": {}}}}
    (patch,) = [body for method, _, body in api.requests if method == "PATCH"]
    assert {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"} in patch


@pytest.mark.parametrize("labels", [{}, {"meshx/owner": "meshx.prod"}, {"meshx/owner": OWNER.name}, {"app": "web"}])
def test_anothers_object_is_refused_with_its_name_and_the_remedy(
    api: StandInCluster, cluster: Cluster, labels: dict[str, str]
) -> None:
    api.put(SERVICE_PATH, labels)
    with pytest.raises(ForeignObjectError) as refused:
        go_on_with_object(cluster, SERVICE, OWNER)
    assert "Service vm/web" in str(refused.value)
    assert labels.get("meshx/owner", "missing") in str(refused.value)
    assert f"kubectl label --overwrite service web --namespace vm meshx/owner={OWNER.mark}" in str(refused.value)
    assert not api.asked("PATCH")
    assert not api.asked("DELETE")


def test_stacks_of_one_name_in_two_backends_refuse_each_others_objects(api: StandInCluster, cluster: Cluster) -> None:
    assert OWNER.name == OTHER.name
    api.put(SERVICE_PATH, LABELS)
    api.record("istio-system/istiod", 1, "deployed", OURS)
    for refused in (
        lambda: go_on_with_object(cluster, SERVICE, OTHER),
        lambda: change_object(cluster, SERVICE, OTHER),
        lambda: clear_for_install(cluster, RELEASE, OTHER),
        lambda: clear_for_upgrade(cluster, RELEASE, OTHER),
    ):
        with pytest.raises(ForeignObjectError, match=OWNER.mark):
            refused()
    assert not [*api.asked("PATCH"), *api.asked("DELETE")]


def test_what_is_in_the_state_may_have_the_mark_of_an_earlier_version_or_none(
    api: StandInCluster, cluster: Cluster
) -> None:
    change_object(cluster, SERVICE, OWNER)
    for mark in (OWNER.mark, OWNER.name, None):
        api.put(SERVICE_PATH, {"meshx/owner": mark} if mark else {})
        change_object(cluster, SERVICE, OWNER)
        values = owned_values({}, {"meshx/owner": mark}) if mark else {}
        api.record("istio-system/istiod", 1, "deployed", values)
        clear_for_upgrade(cluster, RELEASE, OWNER)


def test_what_another_stack_has_taken_over_is_refused_with_the_remedies(api: StandInCluster, cluster: Cluster) -> None:
    api.put(SERVICE_PATH, {"meshx/owner": OTHER.mark})
    with pytest.raises(ForeignObjectError) as refused:
        change_object(cluster, SERVICE, OWNER)
    for word in ("Service vm/web", f"meshx:environment.owner: {OTHER.mark}", "pulumi state delete"):
        assert word in str(refused.value)


def test_an_object_without_a_namespace_is_looked_up_as_such(api: StandInCluster, cluster: Cluster) -> None:
    api.put("/api/v1/namespaces/vm", {})
    with pytest.raises(ForeignObjectError, match=r"^Namespace vm is in the cluster already"):
        go_on_with_object(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vm"}}, OWNER)


def test_what_a_kind_is_called_in_paths_is_asked_once_and_anew_for_a_kind_that_came_since(
    api: StandInCluster, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put(SERVICE_PATH, {"meshx/owner": OWNER.mark})
    for _ in range(3):
        go_on_with_object(cluster, SERVICE, OWNER)
    assert api.asked("GET").count("/api/v1") == 1
    job = {"apiVersion": "v1", "kind": "Job", "metadata": {"name": "once", "namespace": "vm"}}
    go_on_with_object(cluster, job, OWNER)
    monkeypatch.setitem(KINDS, "/api/v1", [*KINDS["/api/v1"], {"name": "jobs", "kind": "Job", "namespaced": True}])
    api.put("/api/v1/namespaces/vm/jobs/once", {})
    with pytest.raises(ForeignObjectError):
        go_on_with_object(cluster, job, OWNER)


def test_a_cluster_that_forbids_the_look_is_no_permission_to_take_over(tmp_path: Path) -> None:
    unreachable = StandInCluster()
    unreachable.url = "http://127.0.0.1:9"
    with pytest.raises(ClusterError, match="cannot be reached"):
        go_on_with_object(unreachable.client(tmp_path), SERVICE, OWNER)


@pytest.mark.parametrize("status", ["pending-install", "failed", "deployed", "uninstalling"])
def test_the_name_of_an_own_release_is_free_again_whatever_a_dead_run_left_of_it(
    api: StandInCluster, cluster: Cluster, status: str
) -> None:
    api.record("istio-system/istiod", 1, status, OURS)
    said = clear_for_install(cluster, RELEASE, OWNER)
    assert not api.records()
    assert status in said


def test_all_revisions_of_an_own_release_are_dropped_newest_first(api: StandInCluster, cluster: Cluster) -> None:
    for number in (1, 2, 10):
        api.record("istio-system/istiod", number, "superseded", OURS)
    clear_for_install(cluster, RELEASE, OWNER)
    assert [path.rpartition(".v")[2] for path in api.asked("DELETE")] == ["10", "2", "1"]


@pytest.mark.parametrize("values", [{}, owned_values({}, {"meshx/owner": "meshx.prod"}), {"global": "x"}])
def test_anothers_release_is_refused_and_stays(api: StandInCluster, cluster: Cluster, values: dict[str, Any]) -> None:
    api.record("istio-system/istiod", 3, "deployed", values)
    with pytest.raises(ForeignObjectError, match=r"istio-system/istiod .*deployed, revision 3.*controlPlane: false"):
        clear_for_install(cluster, RELEASE, OWNER)
    assert list(api.records()) == ["sh.helm.release.v1.istiod.v3"]


def test_a_new_release_is_simply_installed(cluster: Cluster) -> None:
    assert not clear_for_install(cluster, RELEASE, OWNER)


@pytest.mark.parametrize("status", ["pending-upgrade", "pending-rollback", "pending-install"])
def test_a_pending_revision_is_marked_as_failed_so_that_the_upgrade_begins(
    api: StandInCluster, cluster: Cluster, status: str
) -> None:
    api.record("istio-system/istiod", 1, "deployed", OURS)
    api.record("istio-system/istiod", 2, status, OURS)
    assert "revision 2" in (clear_for_upgrade(cluster, RELEASE, OWNER) or "")
    assert api.records() == {
        "sh.helm.release.v1.istiod.v1": ("deployed", "deployed"),
        "sh.helm.release.v1.istiod.v2": ("failed", "failed"),
    }


def test_an_upgrade_of_a_release_at_rest_finds_nothing_to_clear(api: StandInCluster, cluster: Cluster) -> None:
    api.record("istio-system/istiod", 1, "deployed", OURS)
    assert not clear_for_upgrade(cluster, RELEASE, OWNER)
    assert not api.asked("PATCH")


def test_anothers_pending_upgrade_is_waited_for_and_not_broken_off(api: StandInCluster, cluster: Cluster) -> None:
    api.record("istio-system/istiod", 1, "deployed", OURS)
    api.record("istio-system/istiod", 2, "pending-upgrade", {"pilot": {}})
    with pytest.raises(ForeignObjectError, match="by somebody else"):
        clear_for_upgrade(cluster, RELEASE, OWNER)
    assert api.records()["sh.helm.release.v1.istiod.v2"] == ("pending-upgrade", "pending-upgrade")


def test_a_preview_refuses_what_is_anothers_and_changes_nothing(api: StandInCluster, cluster: Cluster) -> None:
    api.put(SERVICE_PATH, LABELS)
    api.record("istio-system/istiod", 1, "deployed", OURS)
    api.record("istio-system/istiod", 2, "pending-upgrade", OURS)
    go_on_with_object(cluster, SERVICE, OWNER, preview=True)
    assert "pending-upgrade" in clear_for_install(cluster, RELEASE, OWNER, preview=True)
    assert "revision 2" in clear_for_upgrade(cluster, RELEASE, OWNER, preview=True)
    assert not [*api.asked("PATCH"), *api.asked("DELETE")]
    for refuse in (
        lambda: go_on_with_object(cluster, SERVICE, OTHER, preview=True),
        lambda: clear_for_install(cluster, RELEASE, OTHER, preview=True),
        lambda: clear_for_upgrade(cluster, RELEASE, OTHER, preview=True),
    ):
        with pytest.raises(ForeignObjectError):
            refuse()
