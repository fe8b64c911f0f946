"""The rules as policies of Pulumi's engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UnknownValueError

from meshx_policy.catalogue import RULES
from meshx_policy.environments import Environment, environment_of
from meshx_policy.judged_stack import JudgedStack, stack_of
from meshx_policy.levels import level
from meshx_policy.rules.rule import UNKNOWN, Resource, ResourceRule, Rule, StackRule, defaults

NAME = "meshx"

_BY_STACK = EnforcementLevel.REMEDIATE
"""Placeholder for the level of the stack's environment, until that is known."""


def serve() -> None:
    """Serve the engine that started this process, until the engine stops it."""
    policies = [policy(rule) for rule in RULES]
    _enforce_by_stack(policies)
    PolicyPack(NAME, policies)


def policy(rule: Rule) -> Policy:
    """A rule in the engine's form, enforced as in production until a stack is known."""
    schema = (
        PolicyConfigSchema({name: dict(setting.schema) for name, setting in rule.settings.items()})
        if rule.settings
        else None
    )
    if isinstance(rule, ResourceRule):
        made: Policy = ResourceValidationPolicy(rule.name, rule.description, _on_resource(rule), config_schema=schema)
    else:
        made = StackValidationPolicy(rule.name, rule.description, _on_stack(rule), config_schema=schema)
    enforce([made], environment_of(""))
    return made


def enforce(policies: Sequence[Policy], environment: Environment) -> None:
    """Set how strictly policies are enforced."""
    for one in policies:
        one.enforcement_level = EnforcementLevel(level(one.name, environment).value)


def _enforce_by_stack(policies: Sequence[Policy]) -> None:
    """Make the levels follow the checked stack, as the engine names it.

    An update and a preview name it in the call ConfigureStack (sdk/go/common/resource/plugin/analyzer_plugin.go).
    Under `pulumi policy analyze` that call has no name in it (pkg/resource/deploy/analyze_snapshot.go), but each
    resource's URN has. The SDK has no place for either, so its servicer's methods are wrapped.
    """
    servicer: Any = sdk._PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]
    judged = JudgedStack(lambda environment: enforce(policies, environment))

    def wrap(method: str, stacks_of: Callable[[Any], list[str]]) -> None:
        call = getattr(servicer, method)

        def judge(self: object, request: Any, context: object) -> Any:
            with judged.by(stacks_of(request)):
                if method.startswith("Analyze"):
                    judged.say_if_unnamed()
                return call(self, request, context)

        setattr(servicer, method, judge)

    wrap("ConfigureStack", lambda request: [request.stack])
    wrap("Analyze", lambda request: [stack_of(request.urn)])
    wrap("Remediate", lambda request: [stack_of(request.urn)])
    wrap("AnalyzeStack", lambda request: [stack_of(one.urn) for one in request.resources])
    _tell_no_level_too_early(servicer, policies, judged)


def _tell_no_level_too_early(servicer: Any, policies: Sequence[Policy], judged: JudgedStack) -> None:
    """Separate the levels that a configuration sets from those that the engine only returns.

    The engine reads the levels and configures the pack with them, beside those of `--policy-pack-config`
    (sdk/go/common/resource/analyzer/config.go, ReconcilePolicyPackConfig). Until a stack is named, the pack reports a
    level that no rule has.
    """
    info, level_of = servicer.GetAnalyzerInfo, servicer._get_enforcement_level

    def tell(self: object, request: Any, context: object) -> Any:
        if judged.known is None:
            for one in policies:
                one.enforcement_level = _BY_STACK
        return info(self, request, context)

    def decide(self: object, one: Policy) -> EnforcementLevel:
        configured = level_of(self, one)
        return one.enforcement_level or configured if configured is _BY_STACK else configured

    servicer.GetAnalyzerInfo, servicer._get_enforcement_level = tell, decide


def _on_resource(rule: ResourceRule) -> Any:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not args.props:
            return  # only looked up: it belongs to others
        resource = Resource(args.resource_type, args.name, args.urn, plain(args.props), args.opts.protect)
        for message in rule.violations(resource, {**defaults(rule), **args.get_config()}):
            report(message, None)

    return validate


def _on_stack(rule: StackRule) -> Any:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for found in rule.violations(
            [_resource(one) for one in args.resources], {**defaults(rule), **args.get_config()}
        ):
            report(found.message, found.urn)

    return validate


def _resource(one: PolicyResource) -> Resource:
    return Resource(one.resource_type, one.name, one.urn, plain(one.props), one.opts.protect)


def plain(value: Any) -> Any:
    """A value as plain data, with UNKNOWN for what a preview can't know yet.

    The engine's own mappings raise an error instead, which would stop the whole rule because of one such value.
    """
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: _known(mapping, key) for key in mapping}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        sequence = cast("Sequence[Any]", value)
        return [_known(sequence, position) for position in range(len(sequence))]
    if isinstance(value, pulumi.StringAsset):
        return {"text": value.text}
    return value


def _known(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN
