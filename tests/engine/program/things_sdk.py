"""The Python side of `thing:index:Thing`."""

from typing import Any

import pulumi


class Thing(pulumi.CustomResource):
    """A text file (tests/engine/plugin/thing.py)."""

    length: pulumi.Output[int]

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("thing:index:Thing", name, {**inputs, "name": name, "length": None}, opts)
