"""The mark that a stack's objects get, by what the program can know of the stack."""

from pathlib import Path
from typing import Any

import pytest

from meshx.config.owner import stack_owner
from meshx.stack.backend import NO_ORGANISATION, PULUMIS_OWN, URL_VARIABLE
from tests.program.recorded_program import owner, run

NAMESPACE = "kubernetes:core/v1:Namespace"


def marks(values: dict[str, Any], folder: Path) -> set[str]:
    return {one.inputs["metadata"]["labels"]["meshx/owner"] for one in run(values, folder) if one.type == NAMESPACE}


def test_it_follows_from_organization_backend_project_and_stack(
    values: dict[str, Any], folder: Path, warnings: list[str]
) -> None:
    assert marks(values, folder) == {owner().mark}
    assert not warnings


def test_what_the_stacks_file_states_comes_before_it(values: dict[str, Any], folder: Path) -> None:
    values["environment"] = {"owner": "meshx.old-name.0123456789"}
    assert marks(values, folder) == {"meshx.old-name.0123456789"}


def test_a_backend_that_is_not_known_is_told_and_left_out(
    values: dict[str, Any], folder: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine says that the stack has no organization, and the environment names Pulumi's own service."""
    monkeypatch.setenv(URL_VARIABLE, PULUMIS_OWN)
    assert marks(values, folder) == {stack_owner(NO_ORGANISATION, "", "meshx", "dev").mark}
    assert ["meshx:environment.owner" in text for text in warnings] == [True]
