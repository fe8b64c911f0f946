"""Parts of a mesh in a program in YAML: control plane, exposed service, workload, machine and stub domain.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import traffic
from sandbox.traffic import services
from tests.e2e.languages.yaml_stack import IDENTITY, Program, yaml_stack
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.settling import settled
from tests.other_languages import write

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(scope="module")
def before(sandbox: object) -> object:
    return listing("vm-1")


@pytest.fixture(scope="module")
def program(before: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The stack that all tests of this file follow, of a control plane and what is added to it."""
    with yaml_stack(tmp_path_factory.mktemp("parts")) as made:
        write(made.folder, taken_apart(made.content))
        yield made


def taken_apart(whole: dict[str, Any]) -> dict[str, Any]:
    """The mesh of a program, piece by piece."""
    content = copy.deepcopy(whole)
    settings = content["resources"]["mesh"]["properties"]
    (workload,) = settings.pop("workloads")
    (machine,) = workload.pop("machines")
    plane = {"controlPlane": "${shop}"}
    content["resources"] = {
        "shop": {"type": "meshx:ControlPlane", "properties": settings},
        "httpbin": {
            "type": "meshx:ExposedService",
            "properties": {"service": "httpbin", "namespace": "bar", "port": 8000, **plane},
        },
        "ledger": {"type": "meshx:Workload", "properties": {**workload, **plane, "exposed": ["${httpbin}"]}},
        "vm-1": {"type": "meshx:Machine", "properties": {**machine, "workload": "${ledger}"}},
        "corp": {
            "type": "meshx:DnsStub",
            "properties": {"domain": "corp.example", "servers": ["10.77.0.53"], **plane},
        },
    }
    content["outputs"] = {"identity": "${vm-1.identity}", "host": "${ledger.host}", "exposed": "${httpbin.host}"}
    return content


def test_up_joins_the_machine_which_knows_the_exposed_service(program: Program) -> None:
    services.apply()
    program.expect("preview")
    program.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    outputs = json.loads(program.expect("stack", "output", "--json").text)
    assert outputs == {
        "identity": IDENTITY,
        "host": "vmhttp.vm.svc.cluster.local",
        "exposed": "httpbin.bar.global",
    }
    answer = settled(lambda: traffic.from_machine("vm-1", "http://httpbin.bar.global:8000/")[0])
    assert (answer.status, answer.server, answer.caller) == (200, "envoy", IDENTITY)
    answer = settled(lambda: traffic.from_pod("sleep", "http://vmhttp.vm.svc.cluster.local:8080/")[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1")


def test_parts_use_the_providers_of_their_control_plane_and_leave_no_secret(program: Program) -> None:
    resources = program.state()
    providers = sorted(
        one["urn"].rpartition("::")[2] for one in resources if one["type"].startswith("pulumi:providers")
    )
    assert [name for name in providers if "/" in name] == ["shop/cluster", "shop/machines", "vm-1/commands"]
    assert "PRIVATE KEY" not in json.dumps(resources)


def test_a_second_up_changes_nothing_and_a_refresh_finds_nothing_changed(program: Program) -> None:
    program.expect("refresh", "--preview-only", "--expect-no-changes")
    program.expect("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_destroy_leaves_the_machine_as_it_was(program: Program, before: object) -> None:
    program.expect("destroy", "--yes", "--skip-preview")
    assert listing("vm-1") == before
    assert not program.state()
