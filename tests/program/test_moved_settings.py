"""What the preview warns of: settings that name a place which Istio's artefacts leave."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.program.recorded_program import INSTALLED, run
from tests.program.test_classic_mesh import RUNNING, SIGNING
from tests.program.test_mesh import ADOPTED, CANARY

OLD = "https://storage.googleapis.com/istio-release"
NEW = "https://blob.istio.io/istio-release"
INJECTOR = json.dumps({"global": {"hub": "gcr.io/istio-release", "network": "vpc"}})


def test_a_setting_that_many_machines_share_is_warned_of_once(
    values: dict[str, Any], folder: Path, warnings: list[str]
) -> None:
    values["sidecar"] = {"url": f"{OLD}/releases/1.30.4/deb/istio-sidecar.deb", "sha256": "0" * 64}
    (machine,) = values["workloads"][0]["machines"]
    values["workloads"][0]["machines"] = [machine, {**machine, "name": "vm-2", "address": "10.77.0.12"}]
    run(values, folder)
    (told,) = warnings
    assert told.startswith(f"meshx:sidecar.url names {OLD}/releases/1.30.4/deb/istio-sidecar.deb: ")
    assert told.endswith(f"write {NEW}/releases/1.30.4/deb/istio-sidecar.deb")


@pytest.mark.parametrize("line", ["values", "classic"])
def test_an_old_repository_of_charts_is_warned_of_and_used_all_the_same(
    line: str, folder: Path, warnings: list[str], request: pytest.FixtureRequest
) -> None:
    stack: dict[str, Any] = request.getfixturevalue(line)
    stack["mesh"]["chart"] = {"repository": f"{OLD}/charts"}
    objects = {
        **INSTALLED,
        **RUNNING,
        SIGNING: {"bySecret": False},
        "Service istio-system/istio-ingressgateway": INSTALLED["Service istio-system/istio-eastwestgateway"],
    }
    releases = [one for one in run(stack, folder, objects) if one.type == "kubernetes:helm.sh/v3:Release"]
    assert {release.inputs["repositoryOpts"]["repo"] for release in releases} == {f"{OLD}/charts"}
    (told,) = warnings
    assert "meshx:mesh.chart.repository" in told
    assert told.endswith(f"write {NEW}/charts")


def test_the_default_repository_is_warned_of_nowhere(values: dict[str, Any], folder: Path, warnings: list[str]) -> None:
    del values["mesh"]["chart"]
    run(values, folder)
    assert warnings == []


def test_an_adopted_istiod_that_has_its_images_from_an_old_place_is_warned_of(
    values: dict[str, Any], folder: Path, warnings: list[str]
) -> None:
    values["mesh"] = {
        "istioVersion": "1.30",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
        "gateway": {"name": "corp-gateway", "namespace": "corp-ingress"},
    }
    run(values, folder, {**ADOPTED, "meshx:index:runningIstiod": {**CANARY, "injectorValues": INJECTOR}})
    (told,) = warnings
    assert "values.global.hub of ConfigMap istio-system/istio-sidecar-injector-canary names gcr.io/istio-r" in told
    assert "write docker.io/istio in the values that the adopted control plane is installed with" in told


def test_an_adopted_control_plane_of_the_classic_line_is_warned_of_too(
    classic: dict[str, Any], folder: Path, warnings: list[str]
) -> None:
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    running = {**RUNNING["meshx:index:runningCitadel"], "injector": {"values": INJECTOR}}
    run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": running})
    (told,) = warnings
    assert "values.global.hub of ConfigMap istio-system/istio-sidecar-injector names gcr.io/istio-release" in told


@pytest.mark.parametrize("stack", ["adopted", "classic"])
def test_an_adopted_control_plane_with_its_images_elsewhere_is_not_warned_of(
    stack: str, values: dict[str, Any], classic: dict[str, Any], folder: Path, warnings: list[str]
) -> None:
    if stack == "classic":
        classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
        run(classic, folder, RUNNING)
    else:
        values["mesh"] = {"istioVersion": "1.30", "revision": "canary", "install": {"controlPlane": False}}
        run(values, folder, ADOPTED)
    assert warnings == []
