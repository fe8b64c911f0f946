"""Machines undo a change that nobody confirms."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import UNKNOWN, Resource, ResourceRule, Setting, Settings
from meshx_policy.rules.sidecars import JOIN

EXCEPTION = "exception"


def violations(resource: Resource, settings: Settings) -> Iterator[str]:
    """Whether a machine over SSH stays with a change that cut it off; instances are replaced instead."""
    seconds = resource.at("wayBackSeconds")
    if resource.type != JOIN or seconds is UNKNOWN or seconds or settings[EXCEPTION]:
        return
    yield (
        "a change that keeps it from serving stays, until somebody mends it there. Write `wayBackSeconds: 600` in "
        f"meshx:rollout, so that it goes back by itself, or give the reason in this rule's setting `{EXCEPTION}`"
    )


RULE = ResourceRule(
    "way-back-for-machines",
    "Machines undo a change that nobody confirms, or the setting says why not.",
    violations,
    {EXCEPTION: Setting({"type": "string"}, "")},
)
