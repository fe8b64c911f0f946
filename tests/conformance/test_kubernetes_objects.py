"""Objects made, compared, changed and removed. Sources are files of github.com/pulumi/pulumi-kubernetes."""

from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from meshx.provider.property_values import UNKNOWN, Secret
from tests.conformance.engine import Engine, FailedError

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def config_map(namespace: str, name: str | None = "settings", **data: Any) -> dict[str, Any]:
    metadata = {"namespace": namespace, **({"name": name} if name else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {"colour": "red"}}


def test_a_created_object_is_in_the_cluster_and_its_state_is_the_live_object(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """provider/pkg/provider/provider.go, Create and checkpointObject."""
    state = engine.create(CONFIG_MAP, config_map(namespace))
    assert state.id == f"{namespace}/settings"
    live = core.read_namespaced_config_map("settings", namespace)
    assert live.data == {"colour": "red"}
    assert state.outputs["metadata"]["uid"] == live.metadata.uid
    assert state.outputs["__initialApiVersion"] == "v1"
    assert state.outputs["__fieldManager"].startswith("pulumi-kubernetes-")


def test_an_object_without_a_name_gets_one_from_the_resource_and_keeps_it(engine: Engine, namespace: str) -> None:
    """provider/pkg/metadata/naming.go, AssignNameIfAutonamable and AdoptOldAutonameIfUnnamed."""
    inputs = config_map(namespace, name=None)
    first = engine.check(CONFIG_MAP, inputs, name="vm")
    assert first["metadata"]["name"].startswith("vm-")
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert engine.check(CONFIG_MAP, inputs, first, name="vm") == first


def test_an_object_without_a_namespace_goes_to_the_contexts_one(engine: Engine) -> None:
    """provider.go, Check: defaultNamespace for namespaced kinds only."""
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    assert engine.check(CONFIG_MAP, bare)["metadata"]["namespace"] == "default"
    wide = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}}
    assert "namespace" not in engine.check("kubernetes:core/v1:Namespace", wide)["metadata"]


def test_creating_an_object_that_exists_is_an_error_and_leaves_it_alone(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """pulumi-kubernetes#4278: creates are a POST unless upsertExistingObjects is set."""
    core.create_namespaced_config_map(namespace, config_map(namespace, colour="blue"))
    with pytest.raises(FailedError, match=r'was not successfully created .* configmaps "settings" already exists'):
        engine.create(CONFIG_MAP, config_map(namespace))
    assert core.read_namespaced_config_map("settings", namespace).data == {"colour": "blue"}


def test_a_preview_over_an_object_that_exists_shows_the_inputs(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """provider.go, Create: AlreadyExists in a preview may be a replacement to come."""
    core.create_namespaced_config_map(namespace, config_map(namespace, colour="blue"))
    shown = engine.preview_create(CONFIG_MAP, config_map(namespace))
    assert shown["data"] == {"colour": "red"}
    assert "uid" not in shown["metadata"]


def test_a_preview_asks_the_server_and_changes_nothing(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """provider.go, Create: a dry run, whose outputs come without status."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"ports": [{"port": 80}]},
    }
    shown = engine.preview_create("kubernetes:core/v1:Service", service)
    assert shown["spec"]["type"] == "ClusterIP"
    assert "status" not in shown
    assert core.list_namespaced_service(namespace).items == []


def test_a_preview_with_unknown_values_shows_the_inputs(engine: Engine, namespace: str) -> None:
    """provider.go, Create: hasComputedValue."""
    inputs = config_map(namespace, colour=UNKNOWN, shape="round")
    shown = engine.preview_create(CONFIG_MAP, inputs)
    assert shown["data"]["colour"] is UNKNOWN
    assert shown["data"]["shape"] == "round"
    assert "uid" not in shown["metadata"]


def test_a_preview_in_a_namespace_to_come_shows_the_inputs(engine: Engine) -> None:
    """provider/pkg/await/await.go, Creation: namespaceError."""
    shown = engine.preview_create(CONFIG_MAP, config_map("not-there-yet"))
    assert shown["data"] == {"colour": "red"}


def test_a_preview_of_a_kind_to_come_shows_the_inputs(engine: Engine, namespace: str) -> None:
    """provider.go, Create: gvkExists."""
    wanted = {
        "apiVersion": "example.test/v1",
        "kind": "Thing",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {"size": 3},
    }
    assert engine.preview_create("kubernetes:example.test/v1:Thing", wanted)["spec"] == {"size": 3}


def test_a_preview_with_secrets_keeps_them_secret(engine: Engine, namespace: str) -> None:
    """provider.go, annotateSecrets: by key in the same place."""
    shown = engine.preview_create(CONFIG_MAP, config_map(namespace, token=Secret("s3cret-word"), shape="round"))
    assert shown["data"]["token"] == Secret("s3cret-word")
    assert shown["data"]["shape"] == "round"


def test_the_data_of_a_secret_are_secret_in_inputs_and_state(engine: Engine, namespace: str) -> None:
    """provider.go, annotateSecrets and checkpointObject; clients/unstructured.go, normalizeSecret."""
    inputs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": namespace},
        "stringData": {"word": "open sesame"},
    }
    state = engine.create("kubernetes:core/v1:Secret", inputs)
    assert isinstance(state.outputs["data"], Secret)
    assert state.outputs["data"].value == {"word": "b3BlbiBzZXNhbWU="}
    assert "open sesame" not in repr(state)
    assert isinstance(state.inputs["data"] if "data" in state.inputs else state.inputs["stringData"], Secret)
    assert not engine.diff("kubernetes:core/v1:Secret", state, inputs).changes


def test_unchanged_inputs_are_no_change(engine: Engine, namespace: str) -> None:
    """provider.go, Diff: the live state is cut to the shape of the old inputs."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}},
    }
    state = engine.create("kubernetes:core/v1:Service", service)
    assert not engine.diff("kubernetes:core/v1:Service", state, service).changes


def test_changed_data_of_a_config_map_replace_it_deleting_first_where_the_name_is_fixed(
    engine: Engine, namespace: str
) -> None:
    """provider/pkg/provider/diff.go, forceNewProperties; provider.go, Diff: deleteBeforeReplace."""
    state = engine.create(CONFIG_MAP, config_map(namespace))
    change = engine.diff(CONFIG_MAP, state, config_map(namespace, colour="green"))
    assert change.detailed == {"data.colour": "UPDATE_REPLACE"}
    assert change.replaces == ["data.colour"]
    assert change.delete_before_replace


def test_an_automatically_named_object_is_replaced_without_deleting_first(engine: Engine, namespace: str) -> None:
    """provider.go, Diff: not where the object is autonamed."""
    state = engine.create(CONFIG_MAP, config_map(namespace, name=None))
    change = engine.diff(CONFIG_MAP, state, config_map(namespace, name=None, colour="green"))
    assert change.replaces == ["data.colour"]
    assert not change.delete_before_replace


def test_changes_inside_lists_are_shown_item_by_item(engine: Engine, namespace: str) -> None:
    """provider.go, addPatchArrayToDiff: a merge patch holds the whole list, the diff only what changed."""

    def service(*ports: dict[str, Any]) -> dict[str, Any]:
        metadata = {"name": "web", "namespace": namespace}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": list(ports)}}

    token = "kubernetes:core/v1:Service"
    http, admin = {"name": "http", "port": 80, "appProtocol": "http"}, {"name": "admin", "port": 81}
    state = engine.create(token, service(http, admin))
    changed = engine.diff(token, state, service({**http, "port": 8080}, admin))
    assert changed.detailed == {"spec.ports[0].port": "UPDATE"}
    assert engine.diff(token, state, service(http)).detailed == {"spec.ports[1]": "DELETE"}
    assert engine.diff(token, state, service(http, admin, {"name": "x", "port": 9})).detailed == {
        "spec.ports[2]": "ADD"
    }
    without = {key: value for key, value in http.items() if key != "appProtocol"}
    assert engine.diff(token, state, service(without, admin)).detailed == {"spec.ports[0].appProtocol": "DELETE"}


def test_a_changed_name_or_namespace_is_a_replacement(engine: Engine, namespace: str) -> None:
    """diff.go, metadataForceNewProperties."""
    state = engine.create(CONFIG_MAP, config_map(namespace))
    assert engine.diff(CONFIG_MAP, state, config_map(namespace, name="other")).replaces == ["metadata.name"]
    moved = engine.diff(CONFIG_MAP, state, config_map("default"))
    assert moved.replaces == ["metadata.namespace"]
    assert not moved.delete_before_replace


def test_changed_labels_are_an_update_in_place_that_keeps_what_others_added(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """await/await.go, ssaUpdate: server-side apply, after the create's fields were taken over."""
    inputs = config_map(namespace)
    state = engine.create(CONFIG_MAP, inputs)
    core.patch_namespaced_config_map("settings", namespace, {"metadata": {"labels": {"theirs": "1"}}})
    inputs["metadata"]["labels"] = {"ours": "1"}
    change = engine.diff(CONFIG_MAP, state, inputs)
    assert change.detailed == {"metadata.labels": "ADD"}
    assert not change.replaces
    state = engine.update(CONFIG_MAP, state, inputs)
    assert state.outputs["metadata"]["labels"] == {"ours": "1", "theirs": "1"}
    del inputs["metadata"]["labels"]
    assert engine.diff(CONFIG_MAP, state, inputs).detailed == {"metadata.labels": "DELETE"}
    assert engine.update(CONFIG_MAP, state, inputs).outputs["metadata"]["labels"] == {"theirs": "1"}


def test_a_preview_of_an_update_shows_the_servers_answer_and_changes_nothing(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """await.go, ssaUpdate with Preview; patchForce for objects of this plugin's own create."""
    inputs = config_map(namespace)
    state = engine.create(CONFIG_MAP, inputs)
    inputs["metadata"]["labels"] = {"ours": "1"}
    shown = engine.update(CONFIG_MAP, state, inputs, preview=True).outputs
    assert shown["metadata"]["labels"] == {"ours": "1"}
    assert core.read_namespaced_config_map("settings", namespace).metadata.labels is None


def test_ignored_changes_of_others_stay(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """await.go, handleSSAIgnoreFields; provider.go, Diff: IgnoreChanges."""
    inputs = config_map(namespace)
    inputs["metadata"]["labels"] = {"ours": "1"}
    state = engine.create(CONFIG_MAP, inputs)
    core.patch_namespaced_config_map("settings", namespace, {"metadata": {"labels": {"ours": "2"}}})
    refreshed = engine.read(CONFIG_MAP, state.id, state)
    assert refreshed is not None
    ignored = ["metadata.labels"]
    assert not engine.diff(CONFIG_MAP, refreshed, inputs, ignored).changes
    inputs["metadata"]["annotations"] = {"note": "x"}
    updated = engine.update(CONFIG_MAP, refreshed, inputs, ignored=ignored)
    assert updated.outputs["metadata"]["labels"] == {"ours": "2"}


def test_a_deleted_object_is_gone_and_deleting_it_again_is_no_error(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """await.go, Deletion: nilIfGVKDeleted."""
    state = engine.create(CONFIG_MAP, config_map(namespace))
    engine.delete(CONFIG_MAP, state)
    assert core.list_namespaced_config_map(namespace, field_selector="metadata.name=settings").items == []
    engine.delete(CONFIG_MAP, state)


def test_deleting_a_namespace_waits_until_it_is_gone(engine: Engine, core: CoreV1Api) -> None:
    """await.go, Deletion; condition/deleted.go."""
    inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "short-lived"}}
    state = engine.create("kubernetes:core/v1:Namespace", inputs)
    assert state.id == "short-lived"
    engine.create(CONFIG_MAP, config_map("short-lived"))
    engine.delete("kubernetes:core/v1:Namespace", state)
    assert "short-lived" not in [item.metadata.name for item in core.list_namespace().items]
