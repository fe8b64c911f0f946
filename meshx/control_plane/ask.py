"""How to ask a cluster: through the engine and meshx's plugin in a run, directly in the doctor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes the token of one of `functions.FUNCTIONS` with its arguments and returns its result.

It raises the asker's own error with the function's words: pulumi.RunError in a run, else ResourceError.
"""
