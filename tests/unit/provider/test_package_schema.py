"""The package's schema names the components that meshx/construct.py makes, with the outputs that they have."""

from __future__ import annotations

import json

from pydantic.alias_generators import to_camel

from meshx.construct import WHOLE, outputs_of
from meshx.parts.referred import PARTS
from meshx.provider.meshx_plugin import MeshxPlugin
from meshx.provider.package_schema import COMPONENTS

SCHEMA = MeshxPlugin().schema()
MADE = {**WHOLE, **{token: made for token, (made, _) in PARTS.items()}}


def test_what_is_described_is_what_can_be_made() -> None:
    assert set(SCHEMA["resources"]) == set(COMPONENTS) == set(MADE)


def test_the_schema_is_plain_json_with_the_plugins_name_and_version() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert (SCHEMA["name"], SCHEMA["version"]) == (MeshxPlugin.name, MeshxPlugin.version)


def test_a_components_outputs_are_the_annotated_attributes_of_its_class() -> None:
    for token, component in MADE.items():
        described = SCHEMA["resources"][token]["properties"]
        assert list(described) == [to_camel(one) for one in outputs_of(component)]
    mesh = SCHEMA["resources"]["meshx:index:Mesh"]
    assert mesh["properties"]["services"] == {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "`{name: host:port}` of every service that machines offer, single machines included.",
    }
    assert all(one["description"] for one in mesh["properties"].values())
    assert mesh["description"] == "Control plane, gateways, workloads and machines of one mesh."


def test_a_control_plane_takes_what_a_mesh_takes_without_its_parts() -> None:
    whole, alone = (SCHEMA["resources"][f"meshx:index:{one}"]["inputProperties"] for one in ("Mesh", "ControlPlane"))
    assert set(whole) - set(alone) == {"workloads", "exposed", "dns"}
