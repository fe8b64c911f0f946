"""A component's options in a program of another language reach all that the component makes."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.yaml_project import YamlProject

MESH = "meshx:index:Mesh"
TABLE = "meshx:index:ReachabilityTable"
URN = "urn:pulumi:dev::mesh-in-yaml::{}"


def test_protection_providers_and_dependencies_hold_for_the_children(program: YamlProject) -> None:
    content = program.changed()
    content["resources"] |= {
        "own": {
            "type": "pulumi:providers:kubernetes",
            "properties": {"kubeconfig": "kubeconfig", "context": "answering"},
        },
        "first": {
            "type": "kubernetes:core/v1:ConfigMap",
            "properties": {"metadata": {"name": "first"}},
            "options": {"provider": "${own}"},
        },
    }
    content["resources"]["mesh"]["options"] = {
        "protect": True,
        "dependsOn": ["${first}"],
        "providers": ["${own}"],
    }
    made = program.steps(content)
    order = [step["urn"].rpartition("::")[2] for step in made]
    below = [step["newState"] for step in made if f"{MESH}$" in step["urn"]]
    assert len(below) > 10 and all(one.get("protect") for one in below)
    assert order.index("first") < order.index("mesh") < order.index("mesh/istio-system")
    (mesh,) = [step["newState"] for step in made if step["urn"].endswith(f"{MESH}::mesh")]
    assert mesh["dependencies"] == [URN.format("kubernetes:core/v1:ConfigMap::first")]
    of_kubernetes = {one["provider"].split("::")[3] for one in below if one["type"].startswith("kubernetes:")}
    assert of_kubernetes == {"own"}


def test_an_alias_of_a_component_holds_for_its_children(program: YamlProject) -> None:
    provider, before = URN.format("pulumi:providers:meshx::mesh/machines"), "shop:index:Wrapper$" + MESH
    table = URN.format(f"{before}${TABLE}::mesh/reachability")
    stated: list[dict[str, Any]] = [
        {"urn": URN.format("pulumi:pulumi:Stack::mesh-in-yaml-dev"), "type": "pulumi:pulumi:Stack"},
        {"urn": provider, "type": "pulumi:providers:meshx", "custom": True, "id": "1"},
        {"urn": URN.format(f"{before}::mesh"), "type": MESH},
        {"urn": table, "type": TABLE, "custom": True, "id": "reachability", "provider": f"{provider}::1"},
    ]
    stated[-1] |= {
        "parent": URN.format(f"{before}::mesh"),
        "inputs": {"rows": {}},
        "outputs": {"rows": {}},
    }
    file = program.folder / "state.json"
    time = "2026-01-01T00:00:00Z"
    manifest = {"time": time, "magic": "", "version": ""}
    file.write_text(json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": stated}}))
    ran = program.pulumi("stack", "import", "--file", str(file))
    assert ran.code == 0, ran.text
    content = program.changed()
    content["resources"]["mesh"]["options"] = {"aliases": [URN.format(f"{before}::mesh")]}
    done = {step["urn"].rpartition("::")[2]: step["op"] for step in program.steps(content)}
    file.write_text(json.dumps({"version": 3, "deployment": {"manifest": manifest}}))
    assert program.pulumi("stack", "import", "--file", str(file)).code == 0
    assert (done.get("mesh", "same"), done["mesh/reachability"]) == ("same", "update")
    assert "delete" not in done.values()
