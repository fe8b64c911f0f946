"""Arguments of a mesh: former. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TypedDict


class FormerArgs(TypedDict):
    """The mesh of Istio 1.1 to 1.4, in another cluster, that machines of this stack come from."""

    context: str
    """The context of its cluster, in the same kubeconfig as that of `meshx:cluster`."""
