"""docs/troubleshooting.md has a line for everything that the doctor may find fault with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.istio.classic_parts import DEPLOYMENTS, GLOBAL_NAMES_DEPLOYMENT

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
LINES = {
    subject.strip() for cells in re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE) for subject in cells.split(", ")
}


def faults() -> Iterator[str]:
    """What the doctor's faults are about, as it is written in the calls of `fault`; parts' own names are not."""
    for file in sorted((ROOT / "meshx" / "doctor").rglob("*.py")):
        tree = ast.parse(file.read_text())
        constants = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fault":
                subject = node.args[0]
                if isinstance(subject, ast.Name):
                    subject = constants.get(subject.id)
                if isinstance(subject, ast.Constant):
                    yield str(subject.value)


@pytest.mark.parametrize("subject", sorted({*faults(), *DEPLOYMENTS, GLOBAL_NAMES_DEPLOYMENT}))
def test_what_may_be_at_fault_has_a_line_on_the_page(subject: str) -> None:
    assert subject in LINES


def test_the_faults_of_both_lines_of_istio_are_found() -> None:
    assert {"istiod's view", "Citadel's Secret", "gateway's ports", "packet rules"} <= set(faults())
