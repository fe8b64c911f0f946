"""What a refresh found wrong with a join's WorkloadEntry: the input `entryState`, beside the wanted inputs.

No program sets it, so any value is a difference, which the next `up` puts right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from meshx.plugin_base.property_values import Properties

ENTRY, STATE = "workloadEntry", "entryState"
_WITH_WORDS = re.compile(r"(?P<name>\S+) \((?P<words>.*)\)", re.DOTALL)


def with_entry_state(properties: Mapping[str, Any], words: str) -> Properties:
    """The properties with these words about its entry, "" for nothing wrong."""
    wanted = {key: value for key, value in properties.items() if key != STATE}
    return {**wanted, STATE: words} if words else wanted


def in_present_shape(properties: Mapping[str, Any]) -> Properties:
    """The properties of any state: an earlier meshx put the words after the entry's name, `vm-1 (absent)`."""
    entry = properties.get(ENTRY)
    written = _WITH_WORDS.fullmatch(entry) if isinstance(entry, str) else None
    if written is None:
        return dict(properties)
    return {**properties, ENTRY: written["name"], STATE: written["words"]}
