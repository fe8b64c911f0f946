"""What meshx counts on of Helm's releases by Pulumi's plugin: previewed, waited for, cut off, secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.helm_records import ReleaseName, _encoded, revisions  # pyright: ignore[reportPrivateUsage]
from meshx.cluster.interrupted_runs import clear_for_install, clear_for_upgrade
from meshx.cluster.ownership import owned_values
from meshx.config.owner import stack_owner
from meshx.plugin_base.property_values import UNKNOWN, Secret
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from tests.conformance.engine import Engine, FailedError, PartlyFailedError

RELEASE = "kubernetes:helm.sh/v3:Release"
OWNER = stack_owner("organization", "file:///states", "meshx", "dev")
CLUSTER = Cluster(str(KUBECONFIG), CONTEXT)


def release(chart: Path, namespace: str, *, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A program's release named `colours`; the SDKs add `compat`."""
    owned = owned_values(values or {}, {"meshx/owner": OWNER.mark})
    return {
        "chart": str(chart),
        "namespace": namespace,
        "name": "colours",
        "compat": "true",
        "values": owned,
        **more,
    }


def colour(core: client.CoreV1Api, namespace: str) -> str:
    """What the installed chart's ConfigMap says."""
    return str(core.read_namespaced_config_map("colours-settings", namespace).data["colour"])


def test_a_preview_leaves_open_what_helm_will_say(engine: Engine, chart: Path, namespace: str) -> None:
    shown = engine.preview_create(RELEASE, release(chart, namespace, values={"colour": UNKNOWN}))
    assert shown["status"] is UNKNOWN


def test_an_upgrade_in_place_keeps_the_releases_id(
    engine: Engine, core: client.CoreV1Api, chart: Path, namespace: str
) -> None:
    made = engine.create(RELEASE, release(chart, namespace, values={"colour": "blue"}))
    assert made.id == f"{namespace}/colours" and colour(core, namespace) == "blue"
    wanted = release(chart, namespace, values={"colour": "green"})
    assert not engine.diff(RELEASE, made, wanted).replaces
    made = engine.update(RELEASE, made, wanted)
    assert (colour(core, namespace), made.outputs["status"]["revision"]) == ("green", 2)
    assert not engine.diff(RELEASE, made, wanted).changes
    seen = engine.read(RELEASE, made.id, made)
    assert seen is not None and not engine.diff(RELEASE, seen, wanted).changes
    engine.delete(RELEASE, made)
    assert engine.read(RELEASE, made.id, made) is None


def test_a_release_that_does_not_become_ready_keeps_its_name_until_it_is_cleared(
    engine: Engine, chart: Path, namespace: str
) -> None:
    wanted = release(chart, namespace, values={"deployment": True}, timeout=2)
    with pytest.raises(PartlyFailedError, match="was created, but failed to initialize completely") as failed:
        engine.create(RELEASE, wanted)
    assert failed.value.id == f"{namespace}/colours" and failed.value.outputs["status"]["status"] == "failed"
    healthy = release(chart, namespace)
    with pytest.raises(FailedError, match="cannot re-use a name that is still in use"):
        engine.create(RELEASE, healthy)
    assert "an earlier run left it failed" in clear_for_install(CLUSTER, healthy, OWNER)
    assert engine.create(RELEASE, healthy).outputs["status"]["status"] == "deployed"


def test_a_release_in_a_namespace_that_is_missing_fails_and_leaves_no_record(
    engine: Engine, chart: Path, namespace: str
) -> None:
    for _ in ("first", "again"):
        with pytest.raises(FailedError, match=f'namespaces "{namespace}-missing" not found'):
            engine.create(RELEASE, release(chart, f"{namespace}-missing"))
    assert not revisions(CLUSTER, ReleaseName(f"{namespace}-missing", "colours"))


def test_an_upgrade_that_was_cut_off_goes_on_once_it_is_cleared(
    engine: Engine, core: client.CoreV1Api, chart: Path, namespace: str
) -> None:
    made = engine.create(RELEASE, release(chart, namespace))
    _cut_off(core, namespace)
    wanted = release(chart, namespace, values={"colour": "green"})
    with pytest.raises(FailedError, match=r"another operation \(install/upgrade/rollback\) is in progress"):
        engine.update(RELEASE, made, wanted)
    assert "counts as failed" in clear_for_upgrade(CLUSTER, wanted, OWNER)
    engine.update(RELEASE, made, wanted)
    assert colour(core, namespace) == "green"


def test_secret_values_stay_secret_in_the_state(
    engine: Engine, core: client.CoreV1Api, chart: Path, namespace: str
) -> None:
    made = engine.create(RELEASE, release(chart, namespace, values={"colour": Secret("ultra-violet")}))
    assert colour(core, namespace) == "ultra-violet"
    seen = engine.read(RELEASE, made.id, made)
    assert seen is not None
    for state in (made, seen):
        assert state.outputs["values"]["colour"] == Secret("ultra-violet")


def _cut_off(core: client.CoreV1Api, namespace: str) -> None:
    """What Helm's record says while an upgrade runs, and after it was killed."""
    (last,) = revisions(CLUSTER, ReleaseName(namespace, "colours"))
    content = {**last.content, "info": {**last.content["info"], "status": "pending-upgrade"}}
    patch = {"data": {"release": _encoded(content)}, "metadata": {"labels": {"status": "pending-upgrade"}}}
    core.patch_namespaced_secret(last.secret, namespace, patch)
