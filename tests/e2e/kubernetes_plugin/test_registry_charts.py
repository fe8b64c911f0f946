"""Charts from an OCI registry, named as meshx names them, by Pulumi's own plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client

from meshx.components.shared.chart_repository import chart_from
from meshx.stack.object_writes import BY_THE_SERVER
from tests.conformance.engine import Engine, FailedError
from tests.e2e.kubernetes_plugin.chart_registry import chart_registry
from tests.e2e.kubernetes_plugin.process import kubernetes_plugin
from tests.e2e.kubernetes_plugin.test_releases import RELEASE, colour


@pytest.fixture
def registry(chart: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The repository of the chart in a registry, and the certificate to trust."""
    with chart_registry(chart, "istio/charts", tmp_path) as (host, trusted):
        yield f"oci://{host}/istio/charts", trusted


@pytest.fixture
def trusting(sandbox: object, registry: tuple[str, Path], tmp_path: Path) -> Iterator[Engine]:
    """The plugin with the registry's certificate among those of the system, as an administrator would have it."""
    environment = {"SSL_CERT_FILE": str(registry[1]), "HELM_CACHE_HOME": str(tmp_path / "helm")}
    with kubernetes_plugin(environment, **BY_THE_SERVER) as started:
        yield started


@pytest.mark.parametrize("version", ["1.0.0", "1.0"])
def test_a_chart_of_a_registry_is_installed_by_its_version(
    trusting: Engine, registry: tuple[str, Path], core: client.CoreV1Api, namespace: str, version: str
) -> None:
    named = chart_from(registry[0], "colours", version)
    inputs = {**named, "namespace": namespace, "name": "colours", "compat": "true", "values": {"colour": "blue"}}
    made = trusting.create(RELEASE, trusting.check(RELEASE, inputs))
    assert (colour(core, namespace), made.outputs["status"]["version"]) == ("blue", "1.0.0")
    assert not trusting.diff(RELEASE, made, trusting.check(RELEASE, inputs, made.inputs)).changes
    trusting.delete(RELEASE, made)


def test_a_version_that_the_registry_has_not_is_told(
    trusting: Engine, registry: tuple[str, Path], namespace: str
) -> None:
    inputs = {**chart_from(registry[0], "colours", "9.9.9"), "namespace": namespace, "name": "colours", "values": {}}
    with pytest.raises(FailedError, match=r"istio/charts/colours:9\.9\.9: not found"):
        trusting.check(RELEASE, {**inputs, "compat": "true"})
