"""Istio's definitions before chart `base` makes them: whether it does, and whose they are if they are there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.istio_definitions import hand_definitions_over
from meshx.config.owner import Owner
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.istio.versions import FIRST_DEFINING, minor_version
from meshx.stack.hooks import Check
from meshx.stack.logical_names import named

BASE_RELEASE = "istio-base"


def release_checks(configuration: StackConfiguration) -> Mapping[str, Check]:
    """What is to be done before the release of chart `base` is made or changed: it may not find others' definitions."""
    mesh = configuration.mesh
    if not mesh.install.control_plane or not makes_definitions(mesh):
        return {}
    excluded = _own_values(mesh).get("excludedCRDs") or ()

    def check(cluster: Cluster, inputs: Mapping[str, Any], _: Owner, preview: bool) -> str:
        asked_for = mesh.install.take_ownership
        return hand_definitions_over(cluster, inputs, preview, asked_for=asked_for, excluded=excluded)

    return {named(BASE_RELEASE): check}


def makes_definitions(mesh: MeshConfiguration) -> bool:
    """Whether the chart makes definitions as objects of its release: since 1.24, before that if it is told to.

    Those in a chart's folder `crds/` Helm leaves alone where they are there.
    """
    if mesh.chart_values("base").get("global", {}).get("resourceScope") == "namespace":
        return False
    folder = mesh.chart.folder("base")
    if folder is not None:
        by_default = (Path.cwd() / folder / "files" / "crd-all.gen.yaml").is_file()
    else:
        by_default = minor_version(mesh.istio_version) >= FIRST_DEFINING
    return by_default or _own_values(mesh).get("enableCRDTemplates") is True


def _own_values(mesh: MeshConfiguration) -> dict[str, Any]:
    return mesh.chart_values("base").get("base") or {}
