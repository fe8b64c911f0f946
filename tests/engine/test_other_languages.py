"""A mesh in a program of another language, with the real engine and Pulumi's own language host for YAML."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.builds import artifact
from tests import pulumi_cli
from tests.engine.answering_cluster import serving_nothing
from tests.other_languages import PLUGIN, with_hosts, write, yaml_program

SECONDS = 120


@dataclass(frozen=True)
class Program:
    """The example in `folder`, on a cluster that answers; its machine is in a file where nobody answers."""

    folder: Path
    environment: dict[str, str]
    content: dict[str, Any]

    def pulumi(self, *words: str) -> pulumi_cli.Ran:
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=SECONDS)

    def previewed(self, content: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """What a preview of a program would make, by name, the innermost of one name."""
        write(self.folder, content)
        ran = self.pulumi("preview", "--json")
        assert ran.code == 0, ran.text
        steps = json.loads(ran.text[ran.text.index("{") : ran.text.rindex("}") + 1])["steps"]
        return {step["urn"].split("::")[-1]: step["newState"] for step in steps if "newState" in step}

    def changed(self) -> dict[str, Any]:
        """A copy to change; the mesh's arguments are at `["resources"]["mesh"]["properties"]`."""
        return copy.deepcopy(self.content)


@pytest.fixture(scope="module")
def program(pulumi_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("yaml")
    (folder / "backend").mkdir()
    environment = {**with_hosts(pulumi_environment, "pulumi-yaml"), "PULUMI_BACKEND_URL": f"file://{folder}/backend"}
    (folder / "charts").symlink_to(artifact("charts"))
    (folder / "istio-sidecar.deb").write_bytes(b"a package")
    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", folder / "id_ed25519"], check=True)
    shutil.copy(folder / "id_ed25519.pub", folder / "vm-1.pub")
    with serving_nothing(folder):
        content = yaml_program(
            folder,
            cluster={"context": "answering", "kubeconfigFile": "kubeconfig"},
            mesh={"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}},
        )
        made = Program(folder, environment, content)
        ran = made.pulumi("stack", "init", "dev")
        assert ran.code == 0, ran.text
        yield made


def test_the_engine_reads_the_schema_of_the_plugins_folder(program: Program) -> None:
    ran = program.pulumi("package", "get-schema", str(PLUGIN))
    assert ran.code == 0, ran.text
    schema = json.loads(ran.text[ran.text.index("{") : ran.text.rindex("}") + 1])
    mesh = schema["resources"]["meshx:index:Mesh"]
    assert mesh["isComponent"] and mesh["requiredInputs"] == ["cluster", "mesh"]


def test_a_preview_has_the_whole_plan_and_the_outputs_under_the_stack(program: Program) -> None:
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


def test_two_meshes_are_made_at_once_and_one_waits_for_an_output_of_the_other(program: Program) -> None:
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


def test_providers_that_a_program_hands_over_reach_what_the_component_makes(program: Program) -> None:
    handing = program.changed()
    handing["resources"]["own"] = {
        "type": "pulumi:providers:kubernetes",
        "properties": {"kubeconfig": "kubeconfig", "context": "answering"},
    }
    handing["resources"]["mesh"]["options"] = {"providers": ["${own}"]}
    states = program.previewed(handing)
    assert "mesh/cluster" not in states
    assert "::own::" in states["mesh/istio-system"]["provider"]


def test_mistakes_are_told_as_the_engine_tells_those_of_properties_all_with_their_paths(program: Program) -> None:
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


def test_a_key_that_is_not_there_is_refused_by_the_schema_before_anything_is_asked(program: Program) -> None:
    wrong = program.changed()
    wrong["resources"]["mesh"]["properties"]["sidecar"]["fill"] = "istio-sidecar.deb"
    write(program.folder, wrong)
    ran = program.pulumi("preview")
    assert ran.code != 0
    assert "Existing properties are: file, url, sha256" in ran.text
