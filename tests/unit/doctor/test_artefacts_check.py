"""What the doctor says of settings that name a place which Istio's artefacts leave."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.config.owner import stated_owner
from meshx.config.stack import StackConfiguration
from meshx.doctor.examination import examine_stack
from meshx.doctor.finding import Finding, State, likely_cause
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

OLD = "https://storage.googleapis.com/istio-release"
NEW = "https://blob.istio.io/istio-release"
CONFIG_MAPS = "/api/v1/namespaces/istio-system/configmaps"
POD = {"metadata": {"name": "istiod-1"}, "status": {"phase": "Pending"}}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    """A cluster where a control plane of others says where its images come from."""
    stand_in = ObjectsApi()
    injector = json.dumps({"global": {"hub": "gcr.io/istio-release"}})
    stand_in.objects = {
        f"{CONFIG_MAPS}/istio": {"metadata": {"name": "istio"}, "data": {"mesh": "trustDomain: cluster.local\n"}},
        f"{CONFIG_MAPS}/istio-sidecar-injector": {
            "metadata": {"name": "istio-sidecar-injector"},
            "data": {"values": injector},
        },
        "/api/v1/namespaces/istio-system/pods/istiod-1": POD,
        "/version": {"major": "1", "minor": "15", "gitVersion": "v1.15.12"},
    }
    server = ApiServer(stand_in)
    yield stand_in
    server.close()


def said(api: ObjectsApi, folder: Path, mesh: dict[str, Any], **keys: Any) -> list[Finding]:
    """What the doctor says of the artefacts of a stack without machines."""
    kubeconfig = api.kubeconfig(folder)
    values = {
        "cluster": {"context": "tests", "kubeconfigFile": kubeconfig.name, "servicesCidr": "10.96.0.0/16"},
        "mesh": mesh,
        **keys,
    }
    configuration = StackConfiguration.model_validate(values, context={"base": kubeconfig.parent})
    (cluster,) = examine_stack(configuration, [], stated_owner("meshx.dev"))
    return [finding for finding in cluster.findings if finding.subject == "Istio's artefacts"]


@pytest.mark.parametrize("version", ["1.30.4", "1.4.10"])
def test_what_is_still_there_for_now_is_a_note_with_the_new_address(api, tmp_path, version):
    package = {"url": f"{OLD}/releases/{version}/deb/istio-sidecar.deb", "sha256": "0" * 64}
    mesh = {"istioVersion": version, "chart": {"repository": f"{OLD}/charts"}, "install": {"controlPlane": False}}
    found = said(api, tmp_path, mesh, sidecar=package)
    assert [finding.state for finding in found] == [State.NOTE, State.NOTE, State.NOTE]
    assert f"meshx:mesh.chart.repository names {OLD}/charts" in found[0].found
    assert f"write {NEW}/charts" in found[0].found
    assert f"write {NEW}/releases/{version}/deb/istio-sidecar.deb" in found[1].found
    assert "values.global.hub of ConfigMap istio-system/istio-sidecar-injector" in found[2].found
    assert "write docker.io/istio in the values that the adopted control plane is installed with" in found[2].found


def test_what_was_never_there_is_a_fault_with_the_new_address(api, tmp_path):
    mesh = {"istioVersion": "1.31.0", "chart": {"repository": f"{OLD}/charts"}}
    del api.objects[f"{CONFIG_MAPS}/istio-sidecar-injector"]
    cause = likely_cause(said(api, tmp_path, mesh))
    assert cause is not None
    assert "meshx:mesh.chart.repository" in cause.found
    assert "never published 1.31" in cause.cause
    assert cause.remedy == f"write {NEW}/charts"


def test_a_cluster_that_does_not_answer_hides_nothing_of_the_stacks_file(api, tmp_path):
    api.forbidden = "/"
    found = said(api, tmp_path, {"istioVersion": "1.30.4", "chart": {"repository": f"{OLD}/charts"}})
    assert ["meshx:mesh.chart.repository" in finding.found for finding in found] == [True]


def test_a_revisions_own_settings_are_looked_at(api, tmp_path):
    for name in ("istio", "istio-sidecar-injector"):
        api.objects[f"{CONFIG_MAPS}/{name}-canary"] = api.objects.pop(f"{CONFIG_MAPS}/{name}")
    mesh = {"istioVersion": "1.30.4", "revision": "canary", "install": {"controlPlane": False}}
    (found,) = said(api, tmp_path, mesh)
    assert "istio-sidecar-injector-canary" in found.found
