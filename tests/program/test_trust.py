"""What the program registers for a mesh whose roots of trust the stack has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx.mesh import Mesh
from tests.program.as_arguments import Later, known, made, unknown
from tests.program.recorded_program import INSTALLED, ROOT_CERTIFICATE, owner, run, run_program
from tests.program.test_mesh import JOIN, names, names_before, of_type, the
from tests.program.test_revisions import plane, running
from tests.python_keys import as_arguments
from tests.unit.stand_ins.certificates_for_tests import authority, below
from tests.unit.stand_ins.istiod_for_tests import key_of

ROOTS, RELEASE, NAMESPACE = "meshx:index:MeshRoots", "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:Namespace"
ON_MACHINES = "meshx:index:RootsOnMachines"
OLD, NEW = authority("old root"), authority("new root")
BETWEEN = below(OLD, "between", None)
ISSUER = below(BETWEEN, "issuer")
ROOT_FILE = "/etc/certs/root-cert.pem"


@pytest.fixture
def trust(values: dict[str, Any]) -> dict[str, Any]:
    """A stack with two roots, and an authority below one of them."""
    issuer = {"certificate": ISSUER.pem, "chain": BETWEEN.pem}
    return {**values, "trust": {"roots": [OLD.pem, NEW.pem], "issuer": issuer}, "trustKey": key_of(ISSUER)}


def test_the_authority_comes_before_istiod_and_machines_trust_what_the_configuration_says(
    trust: dict[str, Any], folder: Path
) -> None:
    registered = run(trust, folder)
    roots = the(registered, ROOTS)
    assert roots.inputs["roots"] == [OLD.pem, NEW.pem]
    assert roots.inputs["issuer"] == {"certificate": ISSUER.pem, "chain": BETWEEN.pem}
    assert roots.inputs["labels"]["meshx/owner"] == owner().mark
    assert f"{NAMESPACE} istio-system" in names(roots.dependencies)
    assert f"{ROOTS} roots-of-trust" in names(the(registered, RELEASE, "istiod").dependencies)
    join = the(registered, JOIN)
    assert join.inputs["bundle"]["files"][ROOT_FILE]["content"] == OLD.pem + NEW.pem
    assert f"{ROOTS} roots-of-trust" in names_before(registered, join)


def test_the_key_is_a_secret_of_the_state(trust: dict[str, Any], folder: Path) -> None:
    key = the(run(trust, folder), ROOTS).inputs["key"]
    assert pulumi.runtime.rpc.is_rpc_secret(key) and key["value"] == key_of(ISSUER)


def test_without_an_issuer_whoever_issues_now_goes_on(trust: dict[str, Any], folder: Path) -> None:
    del trust["trust"]["issuer"], trust["trustKey"]
    inputs = the(run(trust, folder), ROOTS).inputs
    assert not {"issuer", "key"} & inputs.keys()


def test_a_stack_without_the_key_has_what_istiod_tells(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder)
    assert not of_type(registered, ROOTS)
    assert the(registered, JOIN).inputs["bundle"]["files"][ROOT_FILE]["content"] == ROOT_CERTIFICATE


def test_the_lives_of_machines_certificates_are_those_of_the_configuration(trust: dict[str, Any], folder: Path) -> None:
    seconds = ("machineSeconds", "instanceSeconds")
    assert [the(run(trust, folder), ROOTS).inputs[one] for one in seconds] == [86400, 0]
    defaults = {"proxyMetadata": {"SECRET_TTL": "1h30m0s"}}
    trust["mesh"]["values"] = {"istiod": {"meshConfig": {"defaultConfig": defaults}}}
    assert [the(run(trust, folder), ROOTS).inputs[one] for one in seconds] == [5400, 0]
    assert the(run(trust, folder), ROOTS).inputs["machines"] == ["vm-1"]
    trust["certificates"] = {"lifetimeSeconds": 600}
    assert [the(run(trust, folder), ROOTS).inputs[one] for one in seconds] == [600, 0]


def test_the_note_that_machines_have_the_roots_comes_after_all_their_joins(trust: dict[str, Any], folder: Path) -> None:
    machines = trust["workloads"][0]["machines"]
    machines.append({**machines[0], "name": "vm-2", "address": "10.0.0.9"})
    registered = run(trust, folder)
    note = the(registered, ON_MACHINES)
    assert note.inputs["root"] == OLD.pem + NEW.pem
    assert {f"{JOIN} vm-1", f"{JOIN} vm-2"} <= set(names(note.dependencies))
    assert the(registered, ROOTS).inputs["noted"] is True


def test_a_stack_without_machines_waits_for_none(trust: dict[str, Any], folder: Path) -> None:
    trust["workloads"] = []
    registered = run(trust, folder)
    inputs = the(registered, ROOTS).inputs
    assert (inputs["machines"], inputs["noted"], inputs["instanceSeconds"]) == ([], False, 0)
    assert not of_type(registered, ON_MACHINES)


def test_in_a_protected_stack_the_roots_are_protected_and_no_longer_named_once_they_are_out_of_it(
    trust: dict[str, Any], folder: Path
) -> None:
    trust["environment"] = {"protect": True}
    registered = run(trust, folder)
    assert the(registered, ROOTS).protect and the(registered, ON_MACHINES).protect
    del trust["trust"], trust["trustKey"]
    registered = run(trust, folder)
    assert not of_type(registered, ROOTS) + of_type(registered, ON_MACHINES)


def test_both_istiods_of_an_upgrade_come_after_the_roots(trust: dict[str, Any], folder: Path) -> None:
    trust["mesh"] |= {"revision": "canary", "previousRevision": "default"}
    registered = run(trust, folder, running(plane("default", "vm-1.vm")))
    assert the(registered, ROOTS).inputs["istiods"] == ["istiod-canary", "istiod"]
    for release in ("istiod", "istiod-canary"):
        assert f"{ROOTS} roots-of-trust" in names(the(registered, RELEASE, release).dependencies)


@pytest.mark.parametrize("make", [known, unknown])
def test_outputs_of_other_resources_are_roots_authority_and_key(
    trust: dict[str, Any], folder: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    mesh = as_arguments(trust, lambda value: value)
    mesh["trust"] = as_arguments({"trust": trust["trust"]}, lambda value: Later(make, value))["trust"]
    mesh["trust_key"] = Later(make, trust["trustKey"])
    registered = run_program(lambda: Mesh("mesh", made(mesh)), INSTALLED, preview=make is unknown)
    inputs = the(registered, ROOTS, "mesh/roots-of-trust").inputs
    if make is known:
        assert inputs["roots"] == [OLD.pem, NEW.pem]
        assert inputs["issuer"] == {"certificate": ISSUER.pem, "chain": BETWEEN.pem}
        assert pulumi.runtime.rpc.is_rpc_secret(inputs["key"]) and inputs["key"]["value"] == key_of(ISSUER)
    assert "meshx-output" not in str(inputs)
