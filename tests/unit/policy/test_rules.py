"""What each policy finds and what it lets pass: cases/<policy>.yaml has the cases, by name.

A case has the `resources` of a stack (type, name and properties; a Join is one that no policy finds fault with, with
properties in place of its own), `settings`, and what the policy `says`: words of its message, by the resource's name
where it judges whole stacks; nothing where it lets them pass.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meshx_policy.catalogue import RULES
from meshx_policy.rules.rule import UNKNOWN, Resource, StackRule
from tests.unit.policy.judging import join, resource, said, said_of_stack

BY_NAME = {rule.name: rule for rule in RULES}
CASES: dict[str, dict[str, dict[str, Any]]] = {
    file.stem: yaml.safe_load(file.read_text()) for file in sorted(Path(__file__).with_name("cases").glob("*.yaml"))
}
JOIN = "meshx:index:Join"
KEY = Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
)
IN_PLACE_OF: list[tuple[str, str]] = [
    ("<private key in base64>", base64.encodebytes(KEY).decode()),
    ("<private key>", KEY.decode()),
]


def made(described: dict[str, Any]) -> Resource:
    """The resource that a case describes."""
    properties = {
        key: value for key, value in described.items() if key not in ("type", "name", "protect", "properties")
    }
    properties = _filled_in({**properties, **described.get("properties", {})})
    if described["type"] == JOIN:
        return join(**properties)
    one = resource(described["type"], described.get("protect", False), **properties)
    name = described.get("name", one.name)
    return Resource(one.type, name, f"{one.urn}-{name}", one.properties, one.protect)


def _filled_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item) for item in value]
    for word, text in IN_PLACE_OF if isinstance(value, str) else ():
        value = value.replace(word, text)
    return UNKNOWN if value == "<unknown>" else value


@pytest.mark.parametrize(
    ("policy", "case"),
    [pytest.param(policy, case, id=f"{policy}: {name}") for policy, of in CASES.items() for name, case in of.items()],
)
def test_a_policy_says_of_a_stack_what_its_case_has(policy: str, case: dict[str, Any]) -> None:
    rule, judged = BY_NAME[policy], [made(one) for one in case["resources"]]
    settings = case.get("settings", {})
    if isinstance(rule, StackRule):
        messages, wanted = said_of_stack(rule, *judged, **settings), case.get("says", {})
        assert list(messages) == list(wanted)
    else:
        (one,) = judged
        messages, wanted = {"": said(rule, one, **settings)}, {"": case.get("says", [])}
        assert bool(messages[""]) == bool(wanted[""] or case.get("starts")), messages
    for name, words in wanted.items():
        assert [word for word in words if word not in messages[name]] == [], messages[name]
        assert messages[name].startswith(case.get("starts", ""))
        assert KEY.decode().splitlines()[1] not in messages[name]


@pytest.mark.parametrize("policy", BY_NAME)
def test_each_policy_has_a_case_that_it_finds_and_one_that_it_lets_pass(policy: str) -> None:
    found: Callable[[dict[str, Any]], bool] = lambda case: bool(case.get("says") or case.get("starts"))  # noqa: E731
    assert {found(case) for case in CASES[policy].values()} == {True, False}
