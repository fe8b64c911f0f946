"""Inputs that do not fit, and places that are not there, are refused in the official plugin's and Google's words."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.engine import Engine, FailedError

TYPES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("refusals.yaml").read_text())


@pytest.mark.parametrize(
    ("token", "step", "case"),
    [
        pytest.param(token, step, case, id=f"{token.rpartition(':')[2]}, {step}: {name}")
        for token, of in TYPES.items()
        for step in ("check", "create")
        for name, case in of.get(step, {}).items()
    ],
)
def test_what_cannot_be_is_refused(engine: Engine, token: str, step: str, case: dict[str, Any]) -> None:
    inputs = {**TYPES[token].get("inputs", {}), **case.get("more", {})}
    wanted = {key: value for key, value in inputs.items() if key not in case.get("without", ())}
    if step == "create":
        engine.check(token, wanted)
    with pytest.raises(FailedError, match=case["said"]):
        getattr(engine, step)(token, wanted)
