"""A stack as production demands it: judged by its exported state, kept from deletion, tied to its one cluster."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_identity import KUBE_SYSTEM
from meshx.cluster.cluster_objects import found
from sandbox.paths import STATE
from tests.e2e.policy.test_policy_pack import FAILED, PACK, PASSED
from tests.e2e.stack.mesh_project import MeshProject

OTHER = "6a1c2f0e-1111-4222-8333-444455556666"
APPLY = ("up", "--yes", "--skip-preview", *PACK)
DESTROY = ("destroy", "--yes", "--skip-preview")
DEV, PROD = "urn:pulumi:dev::", "urn:pulumi:prod::"
ANALYZE = ("policy", "analyze", *PACK, "--file")


def _uid() -> str:
    kube_system = found(Cluster(str(STATE / "kubeconfig"), "meshx-sandbox"), KUBE_SYSTEM)
    assert kube_system is not None
    return str(kube_system["metadata"]["uid"])


def _as_production(config: dict[str, Any]) -> None:
    config["environment"] = {"name": "dev", "clusterUid": _uid(), "protect": True}
    config["labels"] = {"team": "payments"}
    config["mesh"]["mutualTls"] = "strict"
    config["workloads"][0]["machines"] = config["workloads"][0]["machines"][:1]
    config["workloads"][0]["whenDown"] = "closed"
    config["exposed"] = []
    config["rollout"] = {"wayBackSeconds": 600}


@pytest.fixture(scope="module")
def production(project: MeshProject) -> Iterator[MeshProject]:
    """The stack, applied with all that production demands; it keeps its name `dev`, that of the sandbox's."""
    project.configure(_as_production)
    project.expect(*APPLY)
    yield project
    project.configure(lambda config: config["environment"].update(protect=False))
    project.expect(*APPLY)
    project.expect(*DESTROY)


def _made(project: MeshProject) -> set[str]:
    """What the stack has made, by URN: neither what is only looked up nor commands, which a change has to replace."""
    return {
        one["urn"]
        for one in project.state()
        if one.get("custom") and not one.get("external") and "command" not in one["type"]
    }


def _exported(project: MeshProject, folder: Path) -> Path:
    """The stack's state as if its name were `prod`."""
    state = folder / "state.json"
    project.expect("stack", "export", "--file", str(state))
    state.write_text(state.read_text().replace(DEV, PROD))
    return state


def test_its_exported_state_passes_all_that_production_demands(production: MeshProject, tmp_path: Path) -> None:
    state = _exported(production, tmp_path)
    passed = production.expect(*ANALYZE, str(state))
    assert PASSED in passed.text and FAILED not in passed.text


@pytest.mark.parametrize(
    ("has", "had", "rule"),
    [
        ('"protect": true', '"protect": false', "protected-in-production"),
        ('"clusterUid"', '"another"', "cluster-known-by-uid"),
    ],
)
def test_a_state_that_lacks_something_of_it_is_refused_but_in_dev(
    production: MeshProject, tmp_path: Path, has: str, had: str, rule: str
) -> None:
    state = _exported(production, tmp_path)
    state.write_text(state.read_text().replace(has, had))
    refused = production.pulumi(*ANALYZE, str(state))
    assert refused.code != 0 and f"[mandatory]  {rule}" in refused.text
    state.write_text(state.read_text().replace(PROD, DEV))
    assert PASSED in production.expect(*ANALYZE, str(state)).text


def test_a_destroy_deletes_nothing_of_it_even_without_a_preview(production: MeshProject) -> None:
    made = _made(production)
    ran = production.pulumi(*DESTROY)
    assert ran.code != 0 and "cannot be deleted" in ran.text and "because it is protected" in ran.text
    assert _made(production) == made


def test_another_cluster_behind_the_same_context_is_refused(production: MeshProject) -> None:
    production.configure(lambda config: config["environment"].update(clusterUid=OTHER))
    ran = production.pulumi("preview")
    production.configure(_as_production)
    assert ran.code != 0 and f"leads to the cluster {_uid()}, and this stack's is {OTHER}" in ran.text
    assert "kubernetes:" not in re.sub(r"pulumi:providers:\w+", "", ran.text), "no object was even looked at"


def test_a_destroy_of_another_clusters_stack_deletes_nothing(production: MeshProject, tmp_path: Path) -> None:
    kept, others = tmp_path / "kept.json", tmp_path / "others.json"
    production.expect("stack", "export", "--file", str(kept))
    others.write_text(kept.read_text().replace(_uid(), OTHER).replace('"protect": true', '"protect": false'))
    production.expect("stack", "import", "--file", str(others))
    try:
        made = _made(production)
        ran = production.pulumi(*DESTROY)
        assert ran.code != 0 and f"this stack's is {OTHER}" in ran.text
        assert _made(production) == made
    finally:
        production.expect("stack", "import", "--file", str(kept))
