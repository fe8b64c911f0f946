"""Istio's definitions that are in a cluster before the release that would make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.interrupted_runs import ForeignObjectError
from meshx.cluster.istio_definitions import hand_definitions_over
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
RELEASE = {"name": "istio-base", "namespace": "istio-system"}
OURS = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {
        "meta.helm.sh/release-name": "istio-base",
        "meta.helm.sh/release-namespace": "istio-system",
    },
}


@dataclass
class Definitions(StandInApi):
    """Definitions by name, each by its metadata, and what was patched."""

    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    patched: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        if method == "PATCH":
            self.patched[path.removeprefix(f"{PATH}/")] = body
            return 200, {}
        if path == PATH:
            items = [{"metadata": {"name": name, "resourceVersion": "7", **of}} for name, of in self.metadata.items()]
            return 200, {"items": items, "metadata": {}}
        return 200, {}


@pytest.fixture
def definitions(tmp_path: Path):
    stand_in = Definitions()
    server = ApiServer(stand_in)
    yield stand_in, Cluster(str(stand_in.kubeconfig(tmp_path)), "tests")
    server.close()


def test_nothing_is_said_of_a_cluster_without_them_or_with_the_releases_own(definitions):
    there, cluster = definitions
    assert hand_definitions_over(cluster, RELEASE) == ""
    there.metadata = {"gateways.networking.istio.io": OURS, "istiooperators.install.istio.io": {}, "shops.example": {}}
    assert hand_definitions_over(cluster, RELEASE) == ""


@pytest.mark.parametrize(
    ("of", "whose"),
    [
        ({}, "of no Helm release"),
        ({"annotations": OURS["annotations"]}, "of Helm release istio-system/istio-base"),
        (
            {**OURS, "annotations": {**OURS["annotations"], "meta.helm.sh/release-name": "base"}},
            "of Helm release istio-system/base",
        ),
    ],
)
@pytest.mark.parametrize("preview", [True, False])
def test_those_of_others_are_refused_with_both_ways_out(definitions, of, whose, preview):
    there, cluster = definitions
    there.metadata = {"gateways.networking.istio.io": of, "sidecars.networking.istio.io": OURS}
    with pytest.raises(ForeignObjectError) as refused:
        hand_definitions_over(cluster, RELEASE, preview)
    assert f"1 of Istio's definitions are in the cluster already (gateways.networking.istio.io), {whose}:" in str(
        refused.value
    )
    assert "install.controlPlane: false" in str(refused.value)
    assert "install.takeOwnership: true" in str(refused.value)
    assert not there.patched


def test_asked_for_they_get_helms_notes_and_nothing_else(definitions):
    there, cluster = definitions
    there.metadata = {
        "gateways.networking.istio.io": {},
        "telemetries.telemetry.istio.io": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
        "wasmplugins.extensions.istio.io": {},
    }
    words = {"asked_for": True, "excluded": ["wasmplugins.extensions.istio.io"]}
    assert "2 of Istio's definitions" in hand_definitions_over(cluster, RELEASE, preview=True, **words)
    assert not there.patched
    hand_definitions_over(cluster, RELEASE, **words)
    noted = [
        {"op": "add", "path": "/metadata/labels/app.kubernetes.io~1managed-by", "value": "Helm"},
        {"op": "add", "path": "/metadata/annotations/meta.helm.sh~1release-name", "value": "istio-base"},
        {"op": "add", "path": "/metadata/annotations/meta.helm.sh~1release-namespace", "value": "istio-system"},
    ]
    unchanged = {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert there.patched["telemetries.telemetry.istio.io"] == [unchanged, *noted]
    assert there.patched["gateways.networking.istio.io"] == [
        unchanged,
        {"op": "add", "path": "/metadata/labels", "value": {}},
        noted[0],
        {"op": "add", "path": "/metadata/annotations", "value": {}},
        *noted[1:],
    ]
    assert set(there.patched) == {"gateways.networking.istio.io", "telemetries.telemetry.istio.io"}
