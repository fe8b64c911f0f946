"""The pack as the engine gets it: every rule with its level, and values that are not known yet."""

from typing import Any

import pytest
from pulumi_policy import PolicyResourceOptions, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from meshx_policy import catalogue, levels
from meshx_policy.environments import Environment, environment_of
from meshx_policy.pack import enforce, plain, policy
from meshx_policy.rules.rule import UNKNOWN

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


def _reported(name: str, properties: dict[str, Any]) -> list[str]:
    (rule,) = [one for one in catalogue.RULES if one.name == name]
    made = policy(rule)
    assert isinstance(made, ResourceValidationPolicy)
    options = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    args = ResourceValidationArgs(
        "kubernetes:core/v1:ConfigMap", unknown_checking_proxy(properties), "urn:a", "a", options, None
    )
    reported: list[str] = []
    made.validate(args, lambda message, _urn: reported.append(message))
    return reported


def test_every_rule_has_a_level_in_every_environment_and_no_level_is_of_none() -> None:
    assert sorted(rule.name for rule in catalogue.RULES) == sorted(levels.RULES)


@pytest.mark.parametrize("environment", Environment)
def test_policies_are_enforced_as_their_environment_has_it(environment: Environment) -> None:
    made = [policy(rule) for rule in catalogue.RULES]
    enforce(made, environment)
    assert {one.name: one.enforcement_level and one.enforcement_level.value for one in made} == {
        name: levels.level(name, environment).value for name in levels.RULES
    }


def test_production_is_never_less_strict_than_staging_nor_staging_than_dev() -> None:
    order = list(levels.Level)
    for rule in levels.RULES:
        strictness = [order.index(levels.level(rule, environment)) for environment in Environment]
        assert strictness == sorted(strictness), rule


@pytest.mark.parametrize(
    ("stack", "environment"),
    [
        ("dev", Environment.DEV),
        ("dev-anna", Environment.DEV),
        ("organization/meshx/prod-eu", Environment.PROD),
        ("production", Environment.STAGING),
        ("", Environment.PROD),
    ],
)
def test_a_stacks_environment_follows_from_its_name_and_is_production_without_one(
    stack: str, environment: Environment
) -> None:
    assert environment_of(stack) is environment


def test_what_a_preview_cannot_know_does_not_hide_what_it_does_know() -> None:
    properties = {"data": {"address": UNKNOWN_STRING_VALUE, "token": TOKEN}}
    assert plain(unknown_checking_proxy(properties)) == {"data": {"address": UNKNOWN, "token": TOKEN}}
    (message,) = _reported("no-secrets-in-plain-text", properties)
    assert message.startswith("data.token: a token (JWT)")
