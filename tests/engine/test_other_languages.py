"""A mesh in a program of another language, with the real engine and Pulumi's own language host for YAML."""

from __future__ import annotations

import copy
import json

from tests.engine.yaml_project import YamlProject
from tests.other_languages import PLUGIN, write


def test_the_engine_reads_the_schema_of_the_plugins_folder(program: YamlProject) -> None:
    ran = program.pulumi("package", "get-schema", str(PLUGIN))
    assert ran.code == 0, ran.text
    schema = json.loads(ran.text[ran.text.index("{") : ran.text.rindex("}") + 1])
    mesh = schema["resources"]["meshx:index:Mesh"]
    assert mesh["isComponent"] and mesh["requiredInputs"] == ["cluster", "mesh"]


def test_a_preview_has_the_whole_plan_and_the_outputs_under_the_stack(program: YamlProject) -> None:
    states = program.previewed(program.content)
    by_type = {state["type"] for state in states.values()}
    assert {"meshx:index:Join", "meshx:index:ReachabilityTable", "kubernetes:helm.sh/v3:Release"} <= by_type
    outputs = program.pulumi("preview").text.partition("\nOutputs:")[2]
    assert (
        '"vm-1.vmhttp.vm.svc.cluster.local:8080"' in outputs and '"spiffe://cluster.local/ns/vm/sa/vmhttp"' in outputs
    )
    # What a component of Python made was once not below the stack: pulumi/pulumi#19636.
    for name in ("mesh", "mesh/cluster", "mesh/machines"):
        assert states[name]["parent"].endswith("pulumi:pulumi:Stack::mesh-in-yaml-dev"), name


def test_two_meshes_are_made_at_once_and_one_waits_for_an_output_of_the_other(program: YamlProject) -> None:
    both = program.changed()
    both["resources"]["other"] = copy.deepcopy(both["resources"]["mesh"])
    (workload,) = both["resources"]["other"]["properties"]["workloads"]
    workload["namespace"], workload["machines"][0]["address"] = "vm2", "${mesh.gatewayAddress}"
    states = program.previewed(both)
    assert {"mesh/vm-1", "other/vm-1", "mesh/vm/vmhttp", "other/vm2/vmhttp"} <= set(states)

    workload["name"] = "${mesh.gatewayAddress}"
    write(program.folder, both)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert "property workloads[0].name has a problem: an output of another resource stands here" in ran.text
    assert "panic" not in ran.text


def test_providers_that_a_program_hands_over_reach_what_the_component_makes(program: YamlProject) -> None:
    handing = program.changed()
    handing["resources"]["own"] = {
        "type": "pulumi:providers:kubernetes",
        "properties": {"kubeconfig": "kubeconfig", "context": "answering"},
    }
    handing["resources"]["mesh"]["options"] = {"providers": ["${own}"]}
    states = program.previewed(handing)
    assert "mesh/cluster" not in states
    assert "::own::" in states["mesh/istio-system"]["provider"]


def test_mistakes_are_told_as_the_engine_tells_those_of_properties_all_with_their_paths(program: YamlProject) -> None:
    wrong = program.changed()
    properties = wrong["resources"]["mesh"]["properties"]
    properties["mesh"]["istioVersion"] = "1.9"
    properties["workloads"][0]["machines"][0]["address"] = "10.132.0.700"
    write(program.folder, wrong)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert "property mesh.istioVersion with value" in ran.text
    assert "property workloads[0].machines[0].address with value" in ran.text
    assert "'10.132.0.700' is not an IP address; write: an IPv4 or IPv6 address" in ran.text
    assert "Traceback" not in ran.text


def test_a_key_that_is_not_there_is_refused_by_the_schema_before_anything_is_asked(program: YamlProject) -> None:
    wrong = program.changed()
    wrong["resources"]["mesh"]["properties"]["sidecar"]["fill"] = "istio-sidecar.deb"
    write(program.folder, wrong)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert "Existing properties are: file, url," in ran.text
