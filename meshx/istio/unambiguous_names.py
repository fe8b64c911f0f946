"""Names made of parts: different parts never make one name, though "-" may stand in a part as well as between two."""

import hashlib
import json
from collections.abc import Sequence

SUM = 8
"""The digits of a sum in a name."""


def sum_of(parts: Sequence[str], digits: int = SUM) -> str:
    """A sum of parts in hexadecimal digits, which depends on where each begins and ends."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:digits]


def joined(*parts: str, meets: bool) -> str:
    """The parts with "-" between them, as states have them; with a sum if that `meets` another thing's name."""
    name = "-".join(parts)
    return f"{name}-{sum_of(parts)}" if meets else name
