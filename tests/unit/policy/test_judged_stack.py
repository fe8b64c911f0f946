"""Which stack's levels hold, by what the engine says with each call."""

import pytest

from meshx_policy.environments import Environment
from meshx_policy.judged_stack import UNNAMED_STACK, JudgedStack, stack_of

DEV, STAGING, PROD = Environment.DEV, Environment.STAGING, Environment.PROD


@pytest.mark.parametrize(
    ("urn", "stack"),
    [
        ("urn:pulumi:dev::meshx::kubernetes:core/v1:ConfigMap::root", "dev"),
        ("urn:pulumi:prod-eu::meshx::meshx:index:Mesh$meshx:index:Join::vm-1::odd", "prod-eu"),
        ("urn:pulumi:prod", ""),
        ("", ""),
    ],
)
def test_a_urn_names_its_stack(urn: str, stack: str) -> None:
    assert stack_of(urn) == stack


@pytest.mark.parametrize(
    ("calls", "levels"),
    [
        ([["dev"], []], [DEV, DEV]),
        ([[""], []], [PROD, PROD]),
        ([[], ["staging"], []], [PROD, STAGING, STAGING]),
        ([["dev"], ["prod"], ["dev", "prod", ""]], [DEV, PROD, PROD]),
    ],
    ids=["told once", "never told", "told late", "several stacks in one state"],
)
def test_each_call_is_judged_as_the_stacks_that_it_names(calls: list[list[str]], levels: list[Environment]) -> None:
    enforced: list[Environment] = []
    judged = JudgedStack(enforced.append)
    for stacks in calls:
        with judged.by(stacks):
            pass
    assert enforced == levels


def test_that_no_stack_is_named_is_said_once_and_not_where_one_was(capsys: pytest.CaptureFixture[str]) -> None:
    judged = JudgedStack(lambda environment: None)
    for _ in range(2):
        with judged.by([""]):
            judged.say_if_unnamed()
    assert capsys.readouterr().err == f"{UNNAMED_STACK}\n"
    named = JudgedStack(lambda environment: None)
    with named.by(["dev"]):
        pass
    with named.by([]):
        named.say_if_unnamed()
    assert not capsys.readouterr().err
