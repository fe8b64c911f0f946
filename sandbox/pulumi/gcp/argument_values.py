"""Which values arguments may have, beyond their types: the official provider's own checks.

Official provider: google/services/compute/resource_compute_*.go and google/verify/validation.go (ValidateGCEName,
ValidateEnum, ExactlyOneOf), with the texts of terraform-plugin-sdk's helper/validation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshx.plugin_base.property_values import Properties

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
LONGEST_PREFIX = 54
ONE_OF = {
    "Firewall": ("allows", "denies"),
    "HealthCheck": ("grpcHealthCheck", "http2HealthCheck", "httpHealthCheck", "httpsHealthCheck", "tcpHealthCheck"),
}
"""A program must set exactly one of these arguments."""


@dataclass(frozen=True)
class _Range:
    """Whole numbers from `least` to `most`; for a text its length."""

    least: int
    most: int


_PLAUSIBLE: dict[str, dict[str, tuple[str, ...] | _Range]] = {
    "Account": {"description": _Range(0, 256)},
    "Address": {"addressType": ("INTERNAL", "EXTERNAL", "")},
    "Firewall": {"direction": ("INGRESS", "EGRESS", ""), "priority": _Range(0, 65535)},
    "InstanceGroup": {
        "autoHealingPolicies.initialDelaySec": _Range(0, 3600),
        "updatePolicy.type": ("OPPORTUNISTIC", "PROACTIVE"),
        "updatePolicy.minimalAction": ("NONE", "REFRESH", "RESTART", "REPLACE"),
        "updatePolicy.mostDisruptiveAllowedAction": ("NONE", "REFRESH", "RESTART", "REPLACE"),
        "updatePolicy.instanceRedistributionType": ("PROACTIVE", "NONE", ""),
        "updatePolicy.replacementMethod": ("RECREATE", "SUBSTITUTE", ""),
        "waitForInstancesStatus": ("STABLE", "UPDATED"),
    },
}


def problems(kind: str, inputs: Properties) -> Iterator[tuple[str, str]]:
    """What is wrong with the values of a resource of `kind`, the last part of its token: path and reason each."""
    name = inputs.get("name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield "name", f'"name" ("{name}") doesn\'t match regexp "^{NAME.pattern}$"'
    prefix = inputs.get("namePrefix")
    if prefix is not None and name is not None:
        yield "name", '"name": conflicts with name_prefix'
    if isinstance(prefix, str) and len(prefix) > LONGEST_PREFIX:
        yield "namePrefix", f'"name_prefix" cannot be longer than {LONGEST_PREFIX} characters, name is limited to 63'
    for part, keys in ONE_OF.items():
        if part in kind:
            yield from _one_of(keys, [key for key in keys if inputs.get(key) is not None])
    for part, plausible in _PLAUSIBLE.items():
        if part in kind:
            for path, wanted in plausible.items():
                yield from _value(path, _at(inputs, path), wanted)


def _one_of(keys: tuple[str, ...], given: list[str]) -> Iterator[tuple[str, str]]:
    every = ",".join(keys)
    if not given:
        yield keys[0], f"Invalid combination of arguments: one of `{every}` must be specified"
    elif len(given) > 1:
        yield given[0], f"Invalid combination of arguments: only one of `{every}` can be specified"


def _at(inputs: Properties, path: str) -> Any:
    value: Any = inputs
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _value(path: str, value: Any, wanted: tuple[str, ...] | _Range) -> Iterator[tuple[str, str]]:
    if isinstance(wanted, tuple):
        if isinstance(value, str) and value not in wanted:
            choices = " ".join(f'"{choice}"' for choice in wanted)
            yield path, f"expected {path} to be one of [{choices}], got {value}"
    elif isinstance(value, str) and not wanted.least <= len(value) <= wanted.most:
        yield path, f"expected length of {path} to be in the range ({wanted.least} - {wanted.most}), got {value}"
    elif isinstance(value, int) and not wanted.least <= value <= wanted.most:
        yield path, f"expected {path} to be in the range ({wanted.least} - {wanted.most}), got {value}"
