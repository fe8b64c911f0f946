"""The entries of a Secret, decoded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence


def decoded_entries(data: Mapping[str, str], names: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
    """The entries `names` of a Secret's `data` (base64), and what is wrong with those that are missing or damaged."""
    entries: dict[str, bytes] = {}
    problems: list[str] = []
    for name in names:
        try:
            entries[name] = base64.b64decode(data.get(name, ""), validate=True)
        except (binascii.Error, ValueError):
            problems.append(f"{name} is not base64")
            continue
        if not entries[name]:
            problems.append(f"{name} is missing")
    return entries, problems
