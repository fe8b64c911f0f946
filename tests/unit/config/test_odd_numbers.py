"""Numbers that YAML reads as others than they look, found in the stack's file itself."""

from typing import Any

import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load


def told(values: dict[str, Any], project: Any, stack: str = "dev") -> list[str]:
    try:
        load(values, project, stack=stack)
    except ConfigurationError as error:
        return [f"{problem.path}: {problem.wrong}" for problem in error.problems]
    return []


@pytest.mark.parametrize("written", ["010", "0x50", "0b101", "0o17", "0_8", "08", "-010"])
def test_a_number_that_is_read_as_another_is_refused(values, tmp_path, project, written):
    (project / "Pulumi.odd.yaml").write_text(f"config:\n  meshx:ssh: {{port: {written}, user: '010'}}\n")
    values["ssh"]["port"] = 8
    assert told(values, project, "odd") == [
        f"meshx:ssh.port: {written} is not read as it looks: YAML takes such a number as octal, hexadecimal or binary"
    ]


def test_a_number_in_a_list_is_told_by_its_path(values, project):
    machines = "[{name: vm-1, ssh: {port: 0022}}]"
    (project / "Pulumi.odd.yaml").write_text(f"config:\n  meshx:workloads:\n  - machines: {machines}\n")
    assert [one.partition(": ")[0] for one in told(values, project, "odd")] == [
        "meshx:workloads[0].machines[0].ssh.port"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "config: {meshx:ssh: {port: 22, connectTimeoutSeconds: 0}}",
        "config: {meshx:mesh: {values: {istiod: {volumes: [{secret: {defaultMode: 0644}}]}}}}",
        "config: {other:port: 010}",
        "config: [",
        "",
        "[1]",
        "config: 7",
        "\0",
    ],
)
def test_other_numbers_and_files_that_are_none_of_ours_are_left_alone(values, project, text):
    (project / "Pulumi.fine.yaml").write_text(text)
    assert told(values, project, "fine") == []


def test_a_number_that_is_wrong_anyway_is_told_once(values, project):
    (project / "Pulumi.odd.yaml").write_text("config:\n  meshx:ssh: {port: 0x11170}\n")
    values["ssh"]["port"] = yaml.safe_load("0x11170")
    (one,) = told(values, project, "odd")
    assert "expected a port number" in one
