"""Istio's definitions that are in a cluster before the release that would make them: whose they are, and adoption.

Helm installs nothing over an object without its own notes for that very release ("invalid ownership metadata").
istioctl and kubectl write none, nor did Helm itself for the definitions of charts before 1.24, which were in `crds/`.
Source: helm 3, pkg/action/validate.go, checkOwnership; istio/manifests/charts/base/templates/crds.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from meshx.cluster.chart_leftovers_search import NAMESPACE_NOTED, RELEASE_NOTED, definitions_path
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import listed, part, patch
from meshx.cluster.interrupted_runs import ForeignObjectError

GROUPS = (".extensions.istio.io", ".networking.istio.io", ".security.istio.io", ".telemetry.istio.io")
"""The suffixes of the chart's definitions; Istio's other ones are of parts that it no longer has."""
MANAGED_BY, HELM = "app.kubernetes.io/managed-by", "Helm"
_SHOWN = 3


def hand_definitions_over(
    cluster: Cluster,
    inputs: Mapping[str, Any],
    preview: bool = False,
    *,
    asked_for: bool = False,
    excluded: Collection[str] = (),
) -> str:
    """Make a release the owner of the definitions.

    inputs: the Release's. asked_for: whether the stack is to adopt them. excluded: those that its chart
    leaves out. Returns what it did, "" for nothing. Raises ForeignObjectError if there are others' definitions and
    nobody asked to adopt them, ClusterError.
    """
    notes = {RELEASE_NOTED: str(inputs["name"]), NAMESPACE_NOTED: str(inputs["namespace"])}
    path = definitions_path(cluster)
    foreign = {
        name: metadata
        for metadata in (item["metadata"] for item in listed(cluster, path, metadata_only=True))
        if (name := str(metadata["name"])).endswith(GROUPS) and name not in excluded and not _is_noted(metadata, notes)
    }
    if not foreign:
        return ""
    names = ", ".join(sorted(foreign)[:_SHOWN]) + (" and others" if len(foreign) > _SHOWN else "")
    if not asked_for:
        raise ForeignObjectError(
            f"{len(foreign)} of Istio's definitions are in the cluster already ({names}), {_whose(foreign)}: Helm "
            f"would refuse to install release {notes[RELEASE_NOTED]} over them. They stay as they are. Where an Istio "
            "runs by them, adopt it (meshx:mesh.install.controlPlane: false). Where they are left of one that is gone, "
            "have this stack take them over, which keeps them and their objects: meshx:mesh.install.takeOwnership: true"
        )
    if not preview:
        for name, metadata in foreign.items():
            patch(cluster, f"{path}/{name}", _noting(metadata, notes))
    return f"{len(foreign)} of Istio's definitions ({names}) are taken over by Helm release {notes[RELEASE_NOTED]}"


def _is_noted(metadata: Mapping[str, Any], notes: Mapping[str, str]) -> bool:
    managed = part(metadata, "labels").get(MANAGED_BY) == HELM
    return managed and notes.items() <= part(metadata, "annotations").items()


def _whose(foreign: Mapping[str, Mapping[str, Any]]) -> str:
    releases = {
        f"{annotations.get(NAMESPACE_NOTED, '')}/{annotations[RELEASE_NOTED]}"
        for annotations in (part(metadata, "annotations") for metadata in foreign.values())
        if RELEASE_NOTED in annotations
    }
    return f"of Helm release {', '.join(sorted(releases))}" if releases else "of no Helm release"


def _noting(metadata: Mapping[str, Any], notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The changes that make Helm take an object for the release's; the rest of it stays."""
    operations: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
    ]
    for place, values in (("labels", {MANAGED_BY: HELM}), ("annotations", notes)):
        if not metadata.get(place):
            operations.append({"op": "add", "path": f"/metadata/{place}", "value": {}})
        operations += [
            {"op": "add", "path": f"/metadata/{place}/{name.replace('/', '~1')}", "value": value}
            for name, value in values.items()
        ]
    return operations
