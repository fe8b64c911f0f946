"""A provider's configuration, and a cluster that cannot be reached. Source: provider/pkg/provider/provider.go."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import CoreV1Api

from meshx.provider.property_values import UNKNOWN
from tests.conformance.api_server import ApiServer
from tests.conformance.chart import write_chart
from tests.conformance.engine import Engine, FailedError, State, engine_on, plugin_version

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
RELEASE = "kubernetes:helm.sh/v3:Release"

Configured = Callable[..., Engine]


@pytest.fixture
def configured(plugin_command: tuple[str, ...], environment: dict[str, str], tmp_path: Path) -> Iterator[Configured]:
    """Starts a plugin of the test's own with a configuration."""
    with contextlib.ExitStack() as stack:

        def start(**values: Any) -> Engine:
            engine = stack.enter_context(engine_on(plugin_command, "kubernetes", environment, tmp_path))
            engine.configure(**values)
            return engine

        yield start


@pytest.fixture
def down(tmp_path: Path) -> str:
    """The contents of a kubeconfig for a server that is not there."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "gone",
        "clusters": [{"name": "gone", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "gone", "user": {"token": "x"}}],
        "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "gone"}}],
    }
    return yaml.safe_dump(config)


def settings(namespace: str = "default") -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"colour": "red"}}


def test_the_plugin_says_the_version_it_stands_for(engine: Engine) -> None:
    """GetPluginInfo."""
    assert plugin_version(engine).lstrip("v").startswith("4.")


def test_a_kubeconfig_may_be_contents_or_a_path_and_its_context_chosen(
    configured: Configured, api_server: ApiServer, core: CoreV1Api, namespace: str
) -> None:
    """Configure: pathOrContents; context; namespace."""
    for kubeconfig in (str(api_server.kubeconfig), api_server.kubeconfig.read_text()):
        engine = configured(kubeconfig=kubeconfig, context="reader", namespace=namespace)
        bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
        assert engine.check(CONFIG_MAP, bare)["metadata"]["namespace"] == namespace
        with pytest.raises(FailedError, match='User "reader" cannot create resource "configmaps"'):
            engine.create(CONFIG_MAP, settings(namespace))


def test_a_release_goes_to_the_chosen_context(configured: Configured, api_server: ApiServer, tmp_path: Path) -> None:
    """helm_release.go, getActionConfig."""
    engine = configured(kubeconfig=api_server.kubeconfig.read_text(), context="reader")
    with pytest.raises(FailedError, match='User "reader" cannot'):
        engine.create(RELEASE, {"chart": str(write_chart(tmp_path)), "name": "colours"})


def test_a_preview_without_the_right_to_create_shows_the_inputs(
    configured: Configured, api_server: ApiServer, namespace: str
) -> None:
    """Create: IsForbidden in a preview."""
    engine = configured(kubeconfig=str(api_server.kubeconfig), context="reader")
    assert engine.preview_create(CONFIG_MAP, settings(namespace))["data"] == {"colour": "red"}


def test_a_preview_works_with_the_cluster_down(configured: Configured, down: str, tmp_path: Path) -> None:
    """Configure: unreachableCluster; Check, Diff, Create and Update of previews go on without it."""
    engine = configured(kubeconfig=down)
    assert engine.preview_create(CONFIG_MAP, settings())["data"] == {"colour": "red"}
    state = State("default/settings", settings(), {**settings(), "__fieldManager": "pulumi-kubernetes-1"})
    changed = {**settings(), "data": {"colour": "green"}}
    assert engine.diff(CONFIG_MAP, state, changed).replaces == ["data.colour"]
    labelled = settings()
    labelled["metadata"]["labels"] = {"a": "1"}
    assert engine.update(CONFIG_MAP, state, labelled, preview=True).outputs["metadata"]["labels"] == {"a": "1"}
    chart = {"chart": str(write_chart(tmp_path)), "name": "colours"}
    assert engine.preview_create(RELEASE, chart)["status"] is UNKNOWN


def test_with_the_cluster_down_everything_else_fails_and_says_so(
    configured: Configured, down: str, tmp_path: Path
) -> None:
    """Create, Read, Delete: clusterUnreachable."""
    engine = configured(kubeconfig=down)
    state = State("default/settings", settings(), settings())
    with pytest.raises(FailedError, match=r"configured Kubernetes cluster is unreachable: .*refused"):
        engine.create(CONFIG_MAP, settings())
    with pytest.raises(FailedError, match="failed to read resource state due to unreachable cluster"):
        engine.read(CONFIG_MAP, state.id, state)
    with pytest.raises(FailedError, match=r"cluster is unreachable\. If the cluster was deleted, you can remove"):
        engine.delete(CONFIG_MAP, state)
    release = {"chart": str(write_chart(tmp_path)), "name": "colours", "namespace": "default"}
    with pytest.raises(FailedError, match="can't create Helm Release with unreachable cluster"):
        engine.create(RELEASE, release)
    with pytest.raises(FailedError, match="can't delete Helm Release with unreachable cluster"):
        engine.delete(RELEASE, State("default/colours", release, release))


def test_delete_unreachable_forgets_objects_of_a_cluster_that_is_gone(configured: Configured, down: str) -> None:
    """deleteUnreachable."""
    engine = configured(kubeconfig=down, deleteUnreachable=True)
    state = State("default/settings", settings(), settings())
    assert engine.read(CONFIG_MAP, state.id, state) is None
    engine.delete(CONFIG_MAP, state)


def test_another_cluster_replaces_everything_and_another_password_nothing(
    engine: Engine, api_server: ApiServer, down: str
) -> None:
    """DiffConfig: the active cluster of the kubeconfig."""
    one = api_server.kubeconfig.read_text()
    assert engine.diff_configuration({"kubeconfig": one}, {"kubeconfig": down}).replaces == ["kubeconfig"]
    config = yaml.safe_load(one)
    config["users"][0]["user"]["token"] = "another"
    other_token = engine.diff_configuration({"kubeconfig": one}, {"kubeconfig": yaml.safe_dump(config)})
    assert other_token.changes
    assert not other_token.replaces
    assert not engine.diff_configuration({"kubeconfig": one}, {"kubeconfig": one}).changes


def test_a_kubeconfig_that_is_not_known_yet_replaces_everything(engine: Engine, api_server: ApiServer) -> None:
    """DiffConfig: the conservative choice."""
    change = engine.diff_configuration({"kubeconfig": api_server.kubeconfig.read_text()}, {"kubeconfig": UNKNOWN})
    assert change.replaces == ["kubeconfig"]


def test_a_cluster_identifier_decides_alone_which_cluster_it_is(
    engine: Engine, down: str, api_server: ApiServer
) -> None:
    """DiffConfig: clusterIdentifier."""
    one = {"kubeconfig": api_server.kubeconfig.read_text(), "clusterIdentifier": "a"}
    assert not engine.diff_configuration(one, {"kubeconfig": down, "clusterIdentifier": "a"}).replaces
    assert engine.diff_configuration(one, {**one, "clusterIdentifier": "b"}).replaces == ["clusterIdentifier"]


def test_lists_cannot_be_created(engine: Engine) -> None:
    """Check: isListURN."""
    with pytest.raises(FailedError, match=r"cannot be created directly\. Use the underlying resource type instead"):
        engine.check("kubernetes:core/v1:ConfigMapList", {"apiVersion": "v1", "kind": "ConfigMapList", "items": []})
