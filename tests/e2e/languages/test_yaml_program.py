"""A program in YAML makes a mesh and joins vm-1, under Pulumi's own language host for YAML.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from kubernetes import client

from sandbox import traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.languages.yaml_stack import IDENTITY, SECONDS, Program, processes_of, yaml_stack
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.settling import settled

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(scope="module")
def before(sandbox: object) -> object:
    return listing("vm-1")


@pytest.fixture(scope="module")
def program(before: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The stack that all tests of this file follow."""
    with yaml_stack(tmp_path_factory.mktemp("yaml")) as made:
        yield made


def test_what_belongs_to_others_is_refused_in_the_preview_by_the_components_hooks(program: Program) -> None:
    others = client.V1Namespace(metadata=client.V1ObjectMeta(name="vm"))
    api = client.CoreV1Api(cluster.api())
    api.create_namespace(others)
    try:
        ran = program.pulumi("preview")
        assert ran.code != 0
        assert "is in the cluster already and is not this stack's" in ran.text
        assert "Traceback" not in ran.text
        deadline = time.monotonic() + 20
        while left := processes_of(program):
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.5)
    finally:
        api.delete_namespace("vm")
        deadline = time.monotonic() + SECONDS
        while "vm" in [one.metadata.name for one in api.list_namespace().items]:
            assert time.monotonic() < deadline, "the namespace does not go"
            time.sleep(0.5)


def test_a_preview_shows_the_machines_files_and_up_joins_it(program: Program) -> None:
    plan = program.expect("preview", "--diff", "--show-full-output").text
    assert "ISTIO_META_WORKLOAD_ENTRY='vm-1'" in plan
    program.expect("up", "--yes", "--skip-preview")
    services.apply()
    services.restart_uninjected()
    answer = settled(lambda: traffic.from_machine("vm-1", "http://httpbin.bar.svc.cluster.local:8000/")[0])
    assert (answer.status, answer.server, answer.caller) == (200, "envoy", IDENTITY)
    answer = settled(lambda: traffic.from_pod("sleep", "http://vmhttp.vm.svc.cluster.local:8080/")[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1")


def test_the_components_outputs_are_the_programs(program: Program) -> None:
    outputs = json.loads(program.expect("stack", "output", "--json").text)
    assert outputs["machines"]["vm-1"]["identity"] == IDENTITY
    assert outputs["services"]["vm/vmhttp"] == "vmhttp.vm.svc.cluster.local:8080"


def test_everything_stands_under_the_stack_and_no_secret_in_its_state(program: Program) -> None:
    resources = program.state()
    without_parent = {one["type"] for one in resources if "parent" not in one}
    # The engine's own providers of a package have none.
    assert without_parent <= {"pulumi:pulumi:Stack", "pulumi:providers:meshx"}
    text = json.dumps(resources)
    assert "PRIVATE KEY" not in text and "eyJhbGciOi" not in text


def test_a_second_up_changes_nothing_and_a_refresh_finds_nothing_changed(program: Program) -> None:
    program.expect("refresh", "--preview-only", "--expect-no-changes")
    program.expect("preview", "--expect-no-changes")
    again = program.expect("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert set(again.changes()) <= {"unchanged"}, again.text


def test_destroy_leaves_the_machine_as_it_was(program: Program, before: object) -> None:
    program.expect("destroy", "--yes", "--skip-preview")
    assert listing("vm-1") == before
    assert not program.state()
