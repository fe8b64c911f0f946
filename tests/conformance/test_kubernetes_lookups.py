"""Reading: look-ups by id, imports, refreshes. Source: provider/pkg/provider/provider.go of pulumi-kubernetes, Read."""

from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from meshx.provider.property_values import Secret
from tests.conformance.engine import Engine, FailedError

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def settings(namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": namespace},
        "data": {"colour": "red"},
    }


def test_a_look_up_by_id_gives_the_live_object_and_inputs_without_the_servers_fields(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """readFromCluster."""
    core.create_namespaced_config_map(namespace, settings(namespace))
    found = engine.read(CONFIG_MAP, f"{namespace}/settings")
    assert found is not None
    assert found.id == f"{namespace}/settings"
    assert found.outputs["data"] == {"colour": "red"}
    assert found.outputs["metadata"]["uid"]
    assert found.inputs == settings(namespace)


def test_a_look_up_without_a_namespace_is_in_default_or_cluster_wide(engine: Engine) -> None:
    """parseFqName."""
    found = engine.read("kubernetes:core/v1:Namespace", "kube-system")
    assert found is not None
    assert found.outputs["status"] == {"phase": "Active"}
    service = engine.read("kubernetes:core/v1:Service", "kubernetes")
    assert service is not None
    assert service.outputs["metadata"]["namespace"] == "default"


def test_a_look_up_of_what_is_not_there_finds_nothing(engine: Engine, namespace: str) -> None:
    """404 and unknown kinds: deleteResponse, which the engine reports as a resource that does not exist."""
    assert engine.read(CONFIG_MAP, f"{namespace}/nothing") is None
    assert engine.read("kubernetes:example.test/v1:Thing", f"{namespace}/nothing") is None


def test_the_data_of_a_secret_looked_up_are_secret(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """annotateSecrets."""
    secret = {"metadata": {"name": "key"}, "stringData": {"word": "open sesame"}}
    core.create_namespaced_secret(namespace, secret)
    found = engine.read("kubernetes:core/v1:Secret", f"{namespace}/key")
    assert found is not None
    assert found.outputs["data"] == Secret({"word": "b3BlbiBzZXNhbWU="})
    assert isinstance(found.inputs["data"], Secret)


def test_a_refresh_shows_what_others_changed_in_fields_of_the_program_and_nothing_else(
    engine: Engine, core: CoreV1Api, namespace: str
) -> None:
    """pruneLiveState: inputs are the live object in the shape of the old inputs."""
    state = engine.create(CONFIG_MAP, settings(namespace))
    change = {"data": {"colour": "blue", "shape": "round"}, "metadata": {"labels": {"theirs": "1"}}}
    core.patch_namespaced_config_map("settings", namespace, change)
    refreshed = engine.read(CONFIG_MAP, state.id, state)
    assert refreshed is not None
    assert refreshed.inputs == {**settings(namespace), "data": {"colour": "blue"}}
    assert refreshed.outputs["data"] == {"colour": "blue", "shape": "round"}
    assert engine.diff(CONFIG_MAP, refreshed, settings(namespace)).detailed == {"data.colour": "UPDATE_REPLACE"}


def test_a_refresh_of_an_object_that_is_gone_says_so(engine: Engine, core: CoreV1Api, namespace: str) -> None:
    """404: deleteResponse."""
    state = engine.create(CONFIG_MAP, settings(namespace))
    core.delete_namespaced_config_map("settings", namespace)
    assert engine.read(CONFIG_MAP, state.id, state) is None


def test_custom_objects_come_after_their_definition_and_go_with_it(engine: Engine, namespace: str) -> None:
    """await.go, Creation: five tries while the kind is not there; provider.go, Read and Delete: no match is gone."""
    definition_token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    schema = {"openAPIV3Schema": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "parts.conformance.test"},
        "spec": {
            "group": "conformance.test",
            "scope": "Namespaced",
            "names": {"kind": "Part", "plural": "parts"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    part = {
        "apiVersion": "conformance.test/v1",
        "kind": "Part",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {"size": 3},
    }
    defined = engine.create(definition_token, definition)
    assert not engine.diff(definition_token, defined, definition).changes
    made = engine.create("kubernetes:conformance.test/v1:Part", part)
    assert made.id == f"{namespace}/one"
    assert made.outputs["spec"] == {"size": 3}
    definition["spec"]["names"]["shortNames"] = ["pt"]
    defined = engine.update(definition_token, defined, definition)
    assert engine.read("kubernetes:conformance.test/v1:Part", made.id, made) is not None
    engine.delete(definition_token, defined)
    assert engine.read("kubernetes:conformance.test/v1:Part", made.id, made) is None
    engine.delete("kubernetes:conformance.test/v1:Part", made)


def test_a_kind_that_never_comes_is_an_error_that_names_the_missing_definition(engine: Engine, namespace: str) -> None:
    """provider.go, Create: IsNoMatchError."""
    wanted = {"apiVersion": "never.test/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": namespace}}
    words = 'kind never.test/v1/Thing failed .* any required CRDs have been created: no matches for kind "Thing"'
    with pytest.raises(FailedError, match=words):
        engine.create("kubernetes:never.test/v1:Thing", wanted)
