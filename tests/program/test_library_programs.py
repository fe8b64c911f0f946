"""The programs of docs/library.md and of examples/python, run on a mocked engine as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.program.recorded_program import INSTALLED, Registered, run_program
from tests.program.test_mesh import ADOPTED
from tests.program.test_networks import SEEN

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "python"
CLASSIC = {"meshx:index:kubernetesCluster": {"major": "1", "minor": "15", "servicesCidrs": []}}
CLUSTERS: dict[str, dict[str, Any]] = {
    "gke_with_instances": INSTALLED,
    "adopting_istiod": ADOPTED,
    "machines_of_another_stack": INSTALLED,
    "istio_1_4": {
        **CLASSIC,
        "meshx:index:signingCitadel": {"bySecret": False},
        "Service istio-system/istio-ingressgateway": INSTALLED["Service istio-system/istio-eastwestgateway"],
    },
}
SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


@pytest.fixture
def elsewhere_made(folder: Path) -> dict[str, Any]:
    """What the mocked engine says of others' resources, by their type."""
    host_key = (folder / "id.pub").read_text()
    outputs = {f"vm-{number}-address": f"10.77.0.1{number}" for number in (1, 2)}
    outputs |= {f"vm-{number}-hostKey": host_key for number in (1, 2)}
    outputs |= {"address": "10.77.0.11", "hostKey": host_key, "packageSum": SUM}
    outputs["loginKey"] = (folder / "id").read_text()
    return {
        "pulumi:pulumi:StackReference": {"outputs": outputs, "secretOutputNames": ["loginKey"]},
        "gcp:container/cluster:Cluster": {
            "endpoint": "34.118.0.7",
            "masterAuth": {"clusterCaCertificate": "LS0tLS1CRUdJTg=="},
        },
    }


def exported(program: str, cluster: dict[str, Any], made: dict[str, Any]) -> tuple[list[Registered], dict[str, Any]]:
    """What a program, as text, registers and exports."""
    outputs: dict[str, Any] = {}

    def run() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pulumi, "export", outputs.__setitem__)
            exec(compile(program, "program", "exec"), {"__name__": "__main__"})  # noqa: S102 - the project's own
        for name, value in outputs.items():
            pulumi.Output.from_input(value).apply(lambda known, name=name: outputs.__setitem__(name, known))

    return run_program(run, cluster, made=made), outputs


def shown(registered: list[Registered], outputs: dict[str, Any]) -> str:
    """As the examples' pages have it."""
    made = sorted(f"{one.type}  {one.name}" for one in registered)
    return "\n".join([*made, "", yaml.safe_dump(json.loads(json.dumps(outputs)), width=110).rstrip()])


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir()))
def test_an_example_makes_what_its_page_says(example: str, folder: Path, elsewhere_made: dict[str, Any]) -> None:
    helm = folder / "istio-1.4.10" / "install" / "kubernetes" / "helm"
    for chart in ("istio-init", "istio"):
        (helm / chart).mkdir(parents=True)
        (helm / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    project = yaml.safe_load((EXAMPLES / example / "Pulumi.yaml").read_text())["name"]
    addresses = iter(f"10.132.0.{number}" for number in range(7, 20))
    elsewhere_made["gcp:compute/instance:Instance"] = lambda inputs: {
        "instanceId": "4711",
        "networkInterfaces": [{**inputs["networkInterfaces"][0], "networkIp": next(addresses)}],
    }
    settings = {
        "project": "my-project",
        "loginKeys": "admin:ssh-ed25519 AAAA",
        "loginKey": (folder / "id").read_text(),
        "packageSum": SUM,
        "machines": "acme/machines/prod",
        "address": "10.77.0.11",
    }
    # The mocked engine's project is called meshx, whatever the example's is.
    assert project
    pulumi.runtime.set_all_config({f"meshx:{key}": value for key, value in settings.items()})
    program = (EXAMPLES / example / "__main__.py").read_text()
    text = shown(*exported(program, CLUSTERS[example], elsewhere_made))
    page = (EXAMPLES / example / "README.md").read_text()
    assert f"```text\n{text}\n```" in page, f"write into {example}/README.md:\n{text}"


def test_the_programs_of_the_page_run_as_they_stand_there(folder: Path, elsewhere_made: dict[str, Any]) -> None:
    programs = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        registered, _ = exported(program, {**INSTALLED, "meshx:index:exposedServices": SEEN}, elsewhere_made)
        assert [one.name for one in registered if one.type == "meshx:index:Join"]
