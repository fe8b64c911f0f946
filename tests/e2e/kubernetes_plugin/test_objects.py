"""What meshx counts on of objects that Pulumi's plugin writes: taken over, put right, previewed."""

from __future__ import annotations

from typing import Any

from kubernetes import client

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.interrupted_runs import go_on_with_object
from meshx.config.owner import stack_owner
from meshx.plugin_base.property_values import UNKNOWN, Secret
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from tests.conformance.engine import Engine

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
OWNER = stack_owner("organization", "file:///states", "meshx", "dev")


def settings(namespace: str, **data: Any) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": namespace, "labels": {"meshx/owner": OWNER.mark}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def applied_by_another(core: client.CoreV1Api, namespace: str, **data: str) -> None:
    """Somebody applies data to the object `settings`, server-side."""
    core.patch_namespaced_config_map(
        "settings",
        namespace,
        settings(namespace, **data),
        field_manager="somebody",
        force=True,
        _content_type="application/apply-patch+yaml",
    )


def test_a_create_goes_on_over_what_a_dead_run_made_by_another_configuration(
    engine: Engine, core: client.CoreV1Api, namespace: str
) -> None:
    engine.create(CONFIG_MAP, settings(namespace, colour="red", shape="round"))
    go_on_with_object(Cluster(str(KUBECONFIG), CONTEXT), settings(namespace), OWNER)
    taken_over = engine.create(CONFIG_MAP, settings(namespace, colour="green"))
    assert taken_over.id == f"{namespace}/settings"
    assert core.read_namespaced_config_map("settings", namespace).data["colour"] == "green"


def test_an_update_puts_right_what_others_own_by_now(engine: Engine, core: client.CoreV1Api, namespace: str) -> None:
    made = engine.create(ACCOUNT, _account(namespace, team="payments"))
    theirs = {"metadata": {"labels": {"team": "shop"}}}
    core.patch_namespaced_service_account("vmhttp", namespace, theirs, field_manager="somebody")
    shown = engine.update(ACCOUNT, made, _account(namespace, team="checkout"), preview=True)
    assert shown.outputs["metadata"]["labels"]["team"] == "checkout"
    engine.update(ACCOUNT, made, _account(namespace, team="checkout"))
    assert core.read_namespaced_service_account("vmhttp", namespace).metadata.labels["team"] == "checkout"


def _account(namespace: str, **labels: str) -> dict[str, Any]:
    metadata = {"name": "vmhttp", "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def test_a_preview_shows_what_is_not_known_yet_and_changes_nothing(
    engine: Engine, core: client.CoreV1Api, namespace: str
) -> None:
    shown = engine.preview_create(CONFIG_MAP, settings(namespace, colour=UNKNOWN, shape="round"))
    assert shown["data"]["colour"] is UNKNOWN and shown["data"]["shape"] == "round"
    assert "settings" not in [one.metadata.name for one in core.list_namespaced_config_map(namespace).items]


def test_a_preview_goes_on_without_the_namespace_and_without_the_kind(engine: Engine) -> None:
    assert engine.preview_create(CONFIG_MAP, settings("not-there-yet", colour="red"))["data"] == {"colour": "red"}
    kind = {"apiVersion": "example.test/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": "not-there-yet"}}
    shown = engine.preview_create("kubernetes:example.test/v1:Thing", {**kind, "spec": {"size": 3}})
    assert shown["spec"] == {"size": 3}


def test_secret_values_stay_secret_in_the_state(engine: Engine, namespace: str) -> None:
    made = engine.create(CONFIG_MAP, settings(namespace, token=Secret("s3cret-word"), shape="round"))
    assert made.inputs["data"]["token"] == made.outputs["data"]["token"] == Secret("s3cret-word")
    refreshed = engine.read(CONFIG_MAP, made.id, made)
    assert refreshed is not None and refreshed.outputs["data"]["token"] == Secret("s3cret-word")


def test_a_refresh_of_what_nobody_changed_is_no_change(engine: Engine, core: client.CoreV1Api, namespace: str) -> None:
    made = engine.create(CONFIG_MAP, settings(namespace, colour="red"))
    seen = engine.read(CONFIG_MAP, made.id, made)
    assert seen is not None and not engine.diff(CONFIG_MAP, seen, settings(namespace, colour="red")).changes
    applied_by_another(core, namespace, colour="blue")
    seen = engine.read(CONFIG_MAP, made.id, made)
    assert seen is not None and engine.diff(CONFIG_MAP, seen, settings(namespace, colour="red")).changes
