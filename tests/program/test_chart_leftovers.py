"""What leaves the cluster as it was: when it is made, and for which control plane."""

from pathlib import Path
from typing import Any

from tests.program.recorded_program import run
from tests.program.test_mesh import ADOPTED, names, of_type, the

REMAINS = "meshx:index:ChartRemains"


def test_it_is_made_before_everything_of_the_control_plane_and_so_deleted_after_it(
    values: dict[str, Any], folder: Path
) -> None:
    registered = run(values, folder)
    remains = the(registered, REMAINS)
    assert remains.dependencies == frozenset()
    namespace = the(registered, "kubernetes:core/v1:Namespace", "istio-system")
    assert names(namespace.dependencies) == {"meshx:index:ChartRemains chart-remains"}
    base = the(registered, "kubernetes:helm.sh/v3:Release", "istio-base")
    assert "kubernetes:core/v1:Namespace istio-system" in names(base.dependencies)
    assert remains.inputs["release"] == {"name": base.inputs["name"], "namespace": base.inputs["namespace"]}
    assert remains.inputs["configMaps"] == ["istio-ca-root-cert", "istio-ca-crl"]
    assert remains.inputs["madeByJobs"] is False


def test_the_remains_of_an_adopted_control_plane_are_its_owners(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    assert not of_type(run(values, folder, ADOPTED), REMAINS)
