"""Objects that others own too. Sources are files of github.com/pulumi/pulumi-kubernetes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from tests.conformance.api_server import ApiServer
from tests.conformance.engine import Engine, FailedError, PartlyFailedError, engine_on

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CONFIG_MAP_PATCH = "kubernetes:core/v1:ConfigMapPatch"


def settings(namespace: str, metadata: dict[str, Any] | None = None, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": namespace, **(metadata or {})},
        "data": data,
    }


def applied_by_another(core: CoreV1Api, namespace: str, **data: str) -> None:
    """Somebody applies data to the object `settings`, server-side."""
    core.patch_namespaced_config_map(
        "settings",
        namespace,
        settings(namespace, **data),
        field_manager="somebody",
        force=True,
        _content_type="application/apply-patch+yaml",
    )


@pytest.fixture
def upserting(
    plugin_command: tuple[str, ...], environment: dict[str, str], api_server: ApiServer, tmp_path: Path
) -> Iterator[Engine]:
    """A provider with upsertExistingObjects, and with data that may change in place."""
    with engine_on(plugin_command, "kubernetes", environment, tmp_path) as started:
        started.configure(
            kubeconfig=str(api_server.kubeconfig),
            upsertExistingObjects=True,
            enableConfigMapMutable=True,
            enableSecretMutable=True,
        )
        yield started


def test_an_update_of_a_field_of_somebody_elses_is_a_conflict_with_advice(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """await/await.go, handleSSAErr; provider.go, Update: what is there stays in the state."""
    inputs = settings(namespace, colour="red")
    state = engine.create(CONFIG_MAP, inputs)
    applied_by_another(core, namespace, colour="blue")
    wanted = settings(namespace, colour="green")
    with pytest.raises(PartlyFailedError) as error:
        engine.update(CONFIG_MAP, state, wanted)
    text = str(error.value)
    assert "Server-Side Apply field conflict detected. See https://www.pulumi.com/" in text
    assert f'field manager "{state.outputs["__fieldManager"]}" had an apply conflict' in text
    assert 'conflict with "somebody"' in text
    assert core.read_namespaced_config_map("settings", namespace).data == {"colour": "blue"}


def test_patch_force_overwrites_what_others_own(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """metadata/annotations.go, AnnotationPatchForce; await.go, patchForce."""
    inputs = settings(namespace, colour="red")
    state = engine.create(CONFIG_MAP, inputs)
    applied_by_another(core, namespace, colour="blue")
    forced = settings(namespace, {"annotations": {"pulumi.com/patchForce": "true"}}, colour="green")
    assert engine.update(CONFIG_MAP, state, forced).outputs["data"] == {"colour": "green"}


def test_upsert_takes_over_an_object_that_exists(upserting: Engine, core: CoreV1Api, namespace: str) -> None:
    """pulumi-kubernetes#4278: upsertExistingObjects applies instead."""
    core.create_namespaced_config_map(namespace, settings(namespace, colour="red", shape="round"))
    state = upserting.create(CONFIG_MAP, settings(namespace, size="3"))
    assert state.outputs["data"] == {"colour": "red", "shape": "round", "size": "3"}


def test_upsert_does_not_overwrite_what_others_own(upserting: Engine, core: CoreV1Api, namespace: str) -> None:
    """await.go, patchForce: not without being told."""
    core.create_namespaced_config_map(namespace, settings(namespace, colour="red"))
    with pytest.raises(FailedError, match="field conflict detected"):
        upserting.create(CONFIG_MAP, settings(namespace, colour="green"))


def test_mutable_config_maps_and_secrets_are_updated_in_place(upserting: Engine, namespace: str) -> None:
    """provider/pkg/provider/diff.go, forceNewProperties: enableConfigMapMutable, enableSecretMutable."""
    state = upserting.create(CONFIG_MAP, settings(namespace, colour="red"))
    change = upserting.diff(CONFIG_MAP, state, settings(namespace, colour="green"))
    assert change.detailed == {"data.colour": "UPDATE"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": namespace}}
    kept = upserting.create("kubernetes:core/v1:Secret", {**secret, "stringData": {"word": "old"}})
    change = upserting.diff("kubernetes:core/v1:Secret", kept, {**secret, "stringData": {"word": "new"}})
    assert change.changes
    assert not change.replaces
    change = upserting.diff("kubernetes:core/v1:Secret", kept, {**secret, "type": "x.test/y", "data": {"word": "b2xk"}})
    assert change.replaces == ["type"]


def test_an_immutable_config_map_is_replaced_even_where_data_may_change(upserting: Engine, namespace: str) -> None:
    """diff.go: clients.IsImmutable."""
    inputs = {**settings(namespace, colour="red"), "immutable": True}
    state = upserting.create(CONFIG_MAP, inputs)
    change = upserting.diff(CONFIG_MAP, state, {**settings(namespace, colour="green"), "immutable": True})
    assert change.replaces == ["data.colour"]


def test_a_patch_sets_its_fields_on_somebody_elses_object_and_gives_them_up_again(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """await.go, Creation and Deletion of Patch resources; ssa.Relinquish."""
    core.create_namespaced_config_map(namespace, settings(namespace, colour="red"))
    patch = settings(namespace, {"labels": {"ours": "1"}}, size="3")
    state = engine.create(CONFIG_MAP_PATCH, patch)
    assert state.outputs["data"] == {"colour": "red", "size": "3"}
    change = engine.diff(CONFIG_MAP_PATCH, state, settings(namespace, {"labels": {"ours": "1"}}, size="4"))
    assert change.detailed == {"data.size": "UPDATE"}
    state = engine.update(CONFIG_MAP_PATCH, state, settings(namespace, size="4"))
    engine.delete(CONFIG_MAP_PATCH, state)
    left = core.read_namespaced_config_map("settings", namespace)
    assert left.data == {"colour": "red"}
    assert left.metadata.labels is None


def test_a_patch_needs_a_name(engine: Engine, namespace: str) -> None:
    """provider.go, Check."""
    inputs = settings(namespace)
    del inputs["metadata"]["name"]
    with pytest.raises(FailedError, match=r"patch resources require the resource `\.metadata\.name` to be set"):
        engine.check(CONFIG_MAP_PATCH, inputs)


def test_the_field_manager_may_be_named_and_changed(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """provider.go, fieldManagerName; Update: the old manager's fields are given up."""

    def named(manager: str) -> dict[str, Any]:
        annotations = {"pulumi.com/patchFieldManager": manager, "pulumi.com/patchForce": "true"}
        return settings(namespace, {"annotations": annotations}, colour="red")

    state = engine.create(CONFIG_MAP_PATCH, named("mesh"))
    assert state.outputs["__fieldManager"] == "mesh"
    engine.update(CONFIG_MAP_PATCH, state, named("net"))
    managers = core.read_namespaced_config_map("settings", namespace).metadata.managed_fields
    assert [entry.manager for entry in managers] == ["net"]
