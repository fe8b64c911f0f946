"""What the program makes of a mesh that machines come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program.recorded_program import INSTALLED, Registered, run
from tests.program.test_classic_mesh import AUTHORITY
from tests.program.test_mesh import ADOPTED, JOIN, RELEASE, names, of_type, the
from tests.program.test_trust import ROOTS
from tests.unit.stand_ins.certificates_for_tests import authority
from tests.unit.stand_ins.istiod_for_tests import key_of

FORMER = "meshx:index:formerMesh"
PROVIDER = "pulumi:providers:meshx"
NOTHING_YET = {
    "sameCluster": False,
    "citadel": True,
    "formerRoots": "",
    "formerIssuer": "",
    "roots": "",
    "issuer": "",
    "authority": "",
}


@pytest.fixture
def coming(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose machines come from another mesh."""
    values["former"] = {"context": "the-old-one"}
    return values


def answering(objects: dict[str, Any] = INSTALLED, **found: Any) -> dict[str, Any]:
    return {**objects, FORMER: {**NOTHING_YET, **found}}


def inputs(registered: list[Registered], *, without: str = "") -> dict[str, Any]:
    return {f"{one.type} {one.name}": one.inputs for one in registered if f"{one.type} {one.name}" != without}


def test_a_new_istiod_gets_the_former_authority_before_it_starts(coming: dict[str, Any], folder: Path) -> None:
    registered = run(coming, folder, answering())
    authority = the(registered, AUTHORITY)
    assert (authority.name, authority.inputs["source"]) == ("authority", "former")
    assert f"{AUTHORITY} authority" in names(the(registered, RELEASE, "istiod").dependencies)
    assert "kubernetes:core/v1:Namespace istio-system" in names(authority.dependencies)


def test_the_plugin_alone_knows_the_former_cluster(coming: dict[str, Any], folder: Path) -> None:
    registered = run(coming, folder, answering())
    assert the(registered, PROVIDER).inputs["formerContext"] == "the-old-one"
    before = inputs(registered)
    del coming["former"]
    after = inputs(run(coming, folder))
    different = {name for name in before if before[name] != after.get(name)}
    assert different == {f"{PROVIDER} machines", f"{AUTHORITY} authority"}
    assert the(registered, JOIN).inputs == after[f"{JOIN} vm-1"]


def test_roots_that_the_stack_has_come_before_the_former_authority(coming: dict[str, Any], folder: Path) -> None:
    root = authority("root")
    coming |= {"trust": {"roots": [root.pem], "issuer": {"certificate": root.pem}}, "trustKey": key_of(root)}
    coming["environment"] = {"protect": True}
    assert the(
        run({key: coming[key] for key in coming.keys() - {"trust", "trustKey"}}, folder, answering()), AUTHORITY
    ).protect
    registered = run(coming, folder, answering())
    assert not of_type(registered, AUTHORITY)
    assert the(registered, ROOTS).inputs["roots"] == [root.pem]


def test_an_istiod_with_a_root_of_its_own_gets_no_other(coming: dict[str, Any], folder: Path) -> None:
    assert not of_type(run(coming, folder, answering(authority="own")), AUTHORITY)


def test_an_adopted_istiod_keeps_its_authority(coming: dict[str, Any], folder: Path) -> None:
    coming["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "network": "vpc",
        "install": {"controlPlane": False, "gateway": False},
    }
    assert not of_type(run(coming, folder, answering(ADOPTED)), AUTHORITY)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"sameCluster": True}, "the cluster that this mesh is in"),
        ({"citadel": False}, "no control plane of Istio 1.1"),
    ],
)
def test_a_former_mesh_from_which_nobody_can_come_is_refused(
    coming: dict[str, Any], folder: Path, found: dict[str, Any], words: str
) -> None:
    with pytest.raises(pulumi.RunError, match=words):
        run(coming, folder, answering(**found))
