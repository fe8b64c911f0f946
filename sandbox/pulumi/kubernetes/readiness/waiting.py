"""Looking at an object until it is ready, the time is up or the user cancels."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.pulumi.kubernetes.api_errors import ClusterError
from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import gvk_of

_PERIOD_SECONDS = 0.5


@dataclass(frozen=True)
class Look:
    """One look at an object: whether it is ready, how it is, and what is in the way."""

    ready: bool
    live: dict[str, Any]
    problems: tuple[str, ...] = ()


Looking = Callable[[], Look]
"""A function that looks once. It may raise ClusterError."""


class NotReadyError(Exception):
    """An object is there but did not become ready. `reasons`: the text first, then what was in the way."""

    def __init__(self, live: dict[str, Any], text: str, problems: tuple[str, ...]) -> None:
        super().__init__(text)
        self.live = live
        self.problems = problems


def wait(
    looking: Looking, live: dict[str, Any], seconds: float, cancelled: threading.Event, text: str
) -> dict[str, Any]:
    """Look until the object is ready and return it. Raises NotReadyError with `text` once `seconds` are over."""
    deadline = time.monotonic() + seconds
    look = Look(False, live)
    while True:
        try:
            look = looking()
        except ClusterError as error:
            # An API server that restarts meanwhile ends no wait; the object itself may be gone for a moment, too.
            look = Look(False, look.live, (str(error),))
        if look.ready:
            return look.live
        if cancelled.is_set():
            name = live["metadata"]["name"]
            raise NotReadyError(look.live, f'Resource operation was cancelled for "{name}"', look.problems)
        if time.monotonic() >= deadline:
            raise NotReadyError(look.live, text, look.problems)
        cancelled.wait(_PERIOD_SECONDS)


def current(cluster: Cluster, live: dict[str, Any]) -> dict[str, Any]:
    """The object as it is now."""
    return cluster.get(gvk_of(live), live["metadata"].get("namespace") or "", live["metadata"]["name"])


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """The status condition of a type, or an empty dictionary."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry.get("type") == kind), {})


def owned_by(obj: dict[str, Any], owner: dict[str, Any]) -> bool:
    """Whether an object has another among its owners."""
    uid = owner["metadata"].get("uid")
    return any(reference.get("uid") == uid for reference in obj["metadata"].get("ownerReferences") or [])
