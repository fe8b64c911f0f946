"""Parts of a mesh in a program of another language: each process reads back what the one before it kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.yaml_project import YamlProject
from tests.other_languages import write

PARTS = ("workloads", "exposed", "dns")
JOINED = ("meshx:index:Join", "meshx:index:DnsStub")


def taken_apart(program: YamlProject) -> dict[str, Any]:
    """The example's mesh, piece by piece."""
    content = program.changed()
    mesh = content["resources"]["mesh"]["properties"]
    (workload,) = mesh["workloads"]
    (machine,) = workload["machines"]
    of_plane = {"controlPlane": "${mesh}"}
    settings = {key: value for key, value in mesh.items() if key not in PARTS}
    content["resources"] = {
        "mesh": {"type": "meshx:ControlPlane", "properties": settings},
        "vmhttp": {
            "type": "meshx:Workload",
            "properties": {key: value for key, value in workload.items() if key != "machines"} | of_plane,
        },
        "vm-1": {"type": "meshx:Machine", "properties": {**machine, "workload": "${vmhttp}"}},
    }
    content["outputs"] = {"host": "${vmhttp.host}", "machine": "${vm-1.host}"}
    return content


def made(program: YamlProject, content: dict[str, Any]) -> list[dict[str, Any]]:
    """All that a preview would make."""
    return [step["newState"] for step in program.steps(content)]


def settled(states: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """What is made in the cluster and on machines, by type and inputs; each part limits its own accounts' tokens."""
    kept = [
        one
        for one in states
        if (one["type"].startswith("kubernetes:") and "dmission" not in one["type"]) or one["type"] in JOINED
    ]
    return sorted((one["type"], json.dumps(one["inputs"], sort_keys=True)) for one in kept)


def test_parts_make_together_what_one_mesh_makes_with_the_providers_of_their_control_plane(
    program: YamlProject,
) -> None:
    states = made(program, taken_apart(program))
    assert settled(states) == settled(made(program, program.content))
    own = [one["urn"].rpartition("::")[2] for one in states if one["type"] == "pulumi:providers:meshx"]
    (join,) = [one for one in states if one["type"] == "meshx:index:Join"]
    assert own == ["mesh/machines"] and "::mesh/machines::" in join["provider"]


def test_what_is_secret_or_not_known_of_a_control_plane_stays_so_in_its_parts(program: YamlProject) -> None:
    content = taken_apart(program)
    content["resources"]["other"] = taken_apart(program)["resources"]["mesh"]
    of_plane = content["resources"]["mesh"]["properties"]
    key = (program.folder / "id_ed25519").read_text()
    of_plane |= {"ssh": {}, "sshPrivateKey": {"fn::secret": key}, "labels": {"gateway": "${other.gatewayAddress}"}}
    states = made(program, content)
    (entry,) = [one for one in states if one["type"].endswith(":WorkloadEntry")]
    assert "04da6b54" in json.dumps(entry["inputs"]["metadata"]["labels"])
    assert key.splitlines()[1] not in json.dumps(states)


@pytest.mark.parametrize(
    ("resource", "wrong", "told"),
    [
        ("vm-1", {"address": "10.132.0.700"}, ["property address with value"]),
        (
            "vmhttp",
            {
                "ports": [{"name": "http", "port": 8080}, {"name": "http", "port": 8081}],
                "machines": [{"name": "vm_2", "address": "10.132.0.8"}],
            },
            ["property ports[1].name with value", "property machines[0].name with value"],
        ),
        ("corp", {"servers": [], "controlPlane": "${mesh}"}, ["property servers with value", "such as"]),
    ],
)
def test_mistakes_are_told_by_the_parts_own_keys(
    program: YamlProject, resource: str, wrong: dict[str, Any], told: list[str]
) -> None:
    content = taken_apart(program)
    stub = {"type": "meshx:DnsStub", "properties": {}}
    content["resources"].setdefault(resource, stub)["properties"] |= wrong
    write(program.folder, content)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert [one for one in told if one not in ran.text] == []
    assert "Traceback" not in ran.text and "panic" not in ran.text


def test_a_resource_of_another_kind_is_refused_by_the_schema(program: YamlProject) -> None:
    content = taken_apart(program)
    content["resources"]["vm-1"]["properties"]["workload"] = "${mesh}"
    write(program.folder, content)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert "Cannot assign 'meshx:index:ControlPlane' to 'meshx:index:Workload'" in ran.text
