"""The versions of Pulumi's SDKs that requirements.txt pins: those that meshx is tested with."""

import re
from pathlib import Path

_IN_A_WHEEL = Path(__file__).parents[1] / "requirements.txt"
PINS = _IN_A_WHEEL if _IN_A_WHEEL.is_file() else _IN_A_WHEEL.parents[1] / "requirements.txt"
"""requirements.txt: a wheel has it inside the package (pyproject.toml), a checkout beside it."""
PLUGINS = ("pulumi-kubernetes", "pulumi-command", "pulumi-gcp")
"""The SDKs that bring a plugin along."""

_PIN = re.compile(r"^(?P<name>pulumi[\w-]*)==(?P<version>[\w.]+)", re.M)


def pinned(requirements: str) -> dict[str, str]:
    """The pinned versions of Pulumi's packages in requirements.txt, given as text, by name."""
    return {found["name"]: found["version"] for found in _PIN.finditer(requirements)}
