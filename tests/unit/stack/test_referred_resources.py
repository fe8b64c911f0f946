"""Resources that a program hands over to a component of the package, as they come over the wire."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.parts.referred import CONTROL_PLANES, Given
from meshx.plugin_base.property_values import to_struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
SHOP = "urn:pulumi:dev::project::my:app:App$meshx:index:ControlPlane::shop"
REFERENCE = {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": SHOP, "id": ""}


def given(**inputs: Any) -> Given:
    """A workload's arguments."""
    return Given("ledger", to_struct(inputs), pulumi.ResourceOptions(), ("workloads", 0))


def output(value: Any) -> dict[str, Any]:
    """A value with what it depends on, as the engine has it."""
    return {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": value, "dependencies": [SHOP]}


@pytest.mark.parametrize("value", [REFERENCE, output(REFERENCE), {**REFERENCE, "id": "04da6b54"}])
def test_a_resource_is_known_by_its_urn_however_it_is_wrapped(value: dict[str, Any]) -> None:
    assert given(controlPlane=value).one("controlPlane", CONTROL_PLANES) == SHOP


def test_a_list_of_resources_is_taken_apart_and_may_be_missing() -> None:
    some = given(exposed=output([REFERENCE, output(REFERENCE)]))
    assert some.several("exposed", CONTROL_PLANES) == [SHOP, SHOP]
    assert given().several("exposed", CONTROL_PLANES) == []


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"controlPlane": SHOP}, "no resource stands here"),
        (
            {"controlPlane": {**REFERENCE, "urn": SHOP.replace("ControlPlane", "Mesh")}},
            "a meshx:index:Mesh stands here",
        ),
        ({}, "no resource stands here"),
    ],
)
def test_what_is_no_control_plane_is_refused_at_its_key(inputs: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        given(**inputs).one("controlPlane", CONTROL_PLANES)
    (problem,) = refused.value.problems
    assert (problem.location, problem.wrong) == (("workloads", 0, "controlPlane"), wrong)
    assert problem.remedy == "a ControlPlane or EastWestGateway of this program"
