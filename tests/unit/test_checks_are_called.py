"""What meshx refuses, and what the doctor finds fault with: each check is called by those that have to call it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.unit.calls import MESHX, Calls, Place, files

SHARED = ("config", "networks", "exposure", "control_plane")
"""The rooms whose checks are of both: of the program and of the doctor."""
REFUSALS = {
    *("ConfigurationError", "ForeignControlPlaneError", "GatewayAddressError", "ResourceError"),
    *("Obstacle", "Problem", "UnknownServicesRangeError"),
}
OF_THE_PROGRAM_ALONE = {
    ("meshx.config.program_arguments", "_awaited"): "the doctor has a file, and no program's outputs",
    ("meshx.config.program_arguments", "_plain"): "as above",
    ("meshx.control_plane.service_addresses_function", "service_addresses"): "asked of what a release has just made",
}
"""Checks that the doctor has no use for, each with the reason."""

CALLS = Calls()
PROGRAM = CALLS.reached([MESHX / "mesh.py", *files("components", "stack", "provider")])
DOCTOR = CALLS.reached(files("doctor"))


def checks() -> Iterator[Place]:
    """The functions of the shared rooms that refuse something in their own words."""
    for module, content in CALLS.modules.items():
        if module.split(".")[1:2] and module.split(".")[1] in SHARED:
            for name, definitions in content.definitions.items():
                for definition in definitions:
                    if isinstance(definition, ast.FunctionDef) and REFUSALS & _called(definition):
                        yield module, name


def _called(definition: ast.AST) -> set[str]:
    calls = (node for node in ast.walk(definition) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


CHECKS = sorted(set(checks()))


@pytest.mark.parametrize("check", CHECKS, ids=[f"{module}.{name}" for module, name in CHECKS])
def test_what_is_refused_is_refused_by_the_program_and_told_by_the_doctor(check: Place) -> None:
    assert check in PROGRAM
    assert check in DOCTOR or check in OF_THE_PROGRAM_ALONE


def test_no_exception_outlives_its_reason() -> None:
    assert set(OF_THE_PROGRAM_ALONE) <= set(CHECKS) - DOCTOR


def test_a_check_that_nobody_calls_is_noticed() -> None:
    assert ("meshx.config.stack_networks", "stack_networks") in set(CHECKS) - CALLS.reached(files("doctor/checks"))


RULES = [
    ".".join(path.relative_to(MESHX.parent).with_suffix("").parts)
    for path in files("config/rules")
    if path.name.endswith("_rules.py")
]


@pytest.mark.parametrize("rules", RULES)
def test_every_file_of_rules_is_asked_by_both(rules: str) -> None:
    assert (rules, "problems") in PROGRAM & DOCTOR


def test_every_check_of_the_doctor_is_called() -> None:
    examined = CALLS.reached([MESHX / "__main__.py", MESHX / "doctor" / "command.py"])
    written = {
        (module, name)
        for module, content in CALLS.modules.items()
        if module.startswith("meshx.doctor.checks.")
        for name in content.definitions
        if name.startswith("check_")
    }
    assert written
    assert written - examined == set()
