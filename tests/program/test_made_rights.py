"""docs/rights/made.md has every right that a stack makes, in the cluster and in Google Cloud, with its reason."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program.recorded_program import Registered, run
from tests.program.test_examples import GKE, ROOT
from tests.program.test_gce import OF_KUBECONFIG

PAGE = ROOT / "docs" / "rights" / "made.md"
STACKS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).with_name("states_before") / "stacks.yaml").read_text()
)
RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"
GRANTING = re.compile(r"kubernetes:rbac\.|gcp:.*(iam|serviceaccount|organizations|folder|projects)", re.IGNORECASE)
"""Types of resources by which somebody gets a right, or an identity that could have some."""
RELEASE = "kubernetes:helm.sh/v3:Release"
INSTANCES = ("gcp:compute/instance:Instance", "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate")


def table(heading: str) -> set[tuple[str, ...]]:
    """The rows of a table below a heading, without the last cell, which has the reason and is never empty."""
    text = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert len(rows) > 2 and all(row[-1] for row in rows), heading
    return {tuple(cell.replace("`", "") for cell in row[:-1]) for row in rows[2:]}


def called(text: str, configuration: dict[str, Any]) -> str:
    """A name of an object or in a rule, with the words of the table in place of a configured name."""
    for workload in configuration["workloads"]:
        account = workload.get("serviceAccount") or workload["name"]
        text = re.sub(rf"^(istio\.)?{re.escape(account)}$", r"\1<service account>", text)
        text = re.sub(rf"^meshx-instances-{re.escape(workload['name'])}$", "meshx-instances-<workload>", text)
        for machine in workload.get("machines") or ():
            text = re.sub(rf"^meshx-renewal-{re.escape(machine['name'])}$", "meshx-renewal-<machine>", text)
    return text


@pytest.fixture
def stacks(
    folder: Path, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[dict[str, Any], list[Registered]]]:
    """The configuration of stacks with each feature by which rights are made, and what the program registers."""
    monkeypatch.chdir(folder)
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent.sock")
        made = [(one["configuration"], run(one["configuration"], folder, one["cluster"])) for one in STACKS.values()]
    values["workloads"][0]["machines"][0]["renewAs"] = ["vm@my-project.iam.gserviceaccount.com"]
    renewing = {**values, "networks": [{"name": "network1", "apiServer": "endpoint"}]}
    made.append((renewing, run(renewing, folder, OF_KUBECONFIG)))
    for name in ("staging", "prod"):
        config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
        example = {key.removeprefix("meshx:"): value for key, value in config.items()}
        made.append((example, run(example, ROOT, GKE, name)))
    return made


def rights_in_the_cluster(stacks: list[tuple[dict[str, Any], list[Registered]]]) -> Iterator[tuple[str, ...]]:
    for configuration, registered in stacks:
        for role in (one for one in registered if one.type.startswith(RBAC) and "rules" in one.inputs):
            kind, name = role.type.removeprefix(RBAC), called(role.inputs["metadata"]["name"], configuration)
            for rule in role.inputs["rules"]:
                for resource in rule["resources"]:
                    for one in rule.get("resourceNames") or ["every"]:
                        right = f"{resource} {called(one, configuration)}"
                        yield f"{kind} {name}", ", ".join(rule["apiGroups"]) or "core", right, ", ".join(rule["verbs"])


def test_every_rule_of_a_role_is_in_the_table(stacks: list[tuple[dict[str, Any], list[Registered]]]) -> None:
    assert set(rights_in_the_cluster(stacks)) == table("In the cluster")


def test_every_holder_of_a_role_is_in_the_table(stacks: list[tuple[dict[str, Any], list[Registered]]]) -> None:
    found: set[tuple[str, ...]] = set()
    for configuration, registered in stacks:
        for binding in (one for one in registered if one.type.startswith(RBAC) and "subjects" in one.inputs):
            role = binding.inputs["roleRef"]
            name = called(binding.inputs["metadata"]["name"], configuration)
            of = f"{role['kind']} {called(role['name'], configuration)}"
            kinds = {subject["kind"] for subject in binding.inputs["subjects"]}
            found |= {(f"{binding.type.removeprefix(RBAC)} {name}", of, kind) for kind in kinds}
    assert found == table("Who holds them")


def test_everything_that_can_have_rights_in_google_cloud_is_in_the_table(
    stacks: list[tuple[dict[str, Any], list[Registered]]],
) -> None:
    found: set[tuple[str, ...]] = set()
    for _, registered in stacks:
        for one in registered:
            if one.type.startswith("gcp:") and GRANTING.match(one.type):
                found.add((one.type, str(one.inputs.get("role") or "no role")))
            if one.type in INSTANCES:
                found |= {(one.type, f"scope {scope}") for scope in one.inputs["serviceAccount"]["scopes"]}
    assert found == table("In Google Cloud")


def test_the_stacks_of_these_tests_make_all_that_the_components_can_make(
    stacks: list[tuple[dict[str, Any], list[Registered]]],
) -> None:
    """What is written in the source and made by none of them would be in no table."""
    made = {one.type.rpartition(":")[2] for _, registered in stacks for one in registered}
    for file in sorted((ROOT / "meshx").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and re.match(
                r"(kubernetes\.rbac|gcp\.(?!compute|Provider))", written := ast.unparse(node.func)
            ):
                kind = written.rpartition(".")[2]
                assert kind in made or kind.endswith("Args"), f"{file.name}: {written}"


def paths(values: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from paths(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def test_every_value_that_a_chart_gets_from_meshx_is_in_the_table(
    stacks: list[tuple[dict[str, Any], list[Registered]]],
) -> None:
    """A value can make a chart grant more. These stacks have none of the user's."""
    own = [registered for configuration, registered in stacks if "values" not in configuration["mesh"]]
    releases = [one for registered in own for one in registered if one.type == RELEASE]
    found = {(one.name, path) for one in releases for path in paths(one.inputs["values"])}
    assert found == {(chart, path) for chart, listed in table("By Istio's charts") for path in listed.split(", ")}
