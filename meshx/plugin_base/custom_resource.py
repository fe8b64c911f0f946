"""What one resource type of a plugin implements: the abstract `Resource`, its results and its errors.

Methods get and return plain values. The base unwraps secrets (`secrecy.plain`), and marks every result as secret whose
key had a secret in the arguments (`secrecy.mark_secrets`). A resource itself wraps a secret that it finds elsewhere in
`Secret`. Unknown values are `UNKNOWN`; only `check`, `diff`, and `create` and `update` of a preview get them, and only
those previews may return them.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from meshx.plugin_base.property_values import Properties


class Severity(Enum):
    """How the engine shows a message; DEBUG only with `--debug`."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True)
class Operation:
    """One call of the engine: on which resource, with which limits, where to log, and how it is cancelled."""

    urn: str
    type: str
    """The token, e.g. `meshx:index:Join`."""
    name: str
    """The resource's name in the program."""
    preview: bool = False
    """True if nothing may change: create and update of a preview."""
    timeout: float = 0.0
    """Seconds that the program's `custom_timeouts` gives this operation; 0 if it gives none."""
    ignore_changes: Sequence[str] = ()
    """Property paths of `ignore_changes`; the engine has already put the old values there."""
    random_seed: bytes = b""
    """In `check`: the seed of automatic names, the same for the preview and the update after it."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when the user cancels: stop waiting, and say what is done and what is not."""
    log: Callable[[Severity, str], None] = lambda severity, message: None
    """Shows a message beside this resource. It never fails."""

    def warn(self, message: str) -> None:
        """Show a warning beside this resource."""
        self.log(Severity.WARNING, message)

    def inform(self, message: str) -> None:
        """Show a line beside this resource."""
        self.log(Severity.INFO, message)


@dataclass(frozen=True)
class CheckFailure:
    """One input that cannot be used: the property's path and the reason, with what to write instead."""

    property: str
    reason: str


class Kind(Enum):
    """What happens to one property; the numbers are those of `PropertyDiff.Kind` in provider.proto."""

    ADD = 0
    ADD_REPLACE = 1
    DELETE = 2
    DELETE_REPLACE = 3
    UPDATE = 4
    UPDATE_REPLACE = 5


@dataclass(frozen=True)
class Diff:
    """What the new inputs would change."""

    changes: bool
    replaces: Sequence[str] = ()
    """Property paths whose change needs a replacement; none: an update in place."""
    delete_before_replace: bool = False
    """Whether a replacement must delete the old resource first, as with a fixed name."""
    detailed: Mapping[str, Kind] | None = None
    """Changed property paths (`property_diff.path_text`) for the diff that is shown; None: the engine compares."""
    stables: Sequence[str] = ()
    """Outputs that an update does not change: in a preview they stay known."""
    from_inputs: bool = True
    """Whether the old side of `detailed` is the old inputs (as with `property_diff.compare`) or the old state."""


@dataclass(frozen=True)
class Read:
    """What really exists. An empty id says that the resource is gone; inputs are as `check` would return them."""

    id: str
    inputs: Properties = field(default_factory=dict[str, object])
    outputs: Properties = field(default_factory=dict[str, object])
    reasons: Sequence[str] = ()
    """Why it exists but does not work (shown as a warning; the next update tries again); usually empty."""


class ResourceError(Exception):
    """An operation failed and left nothing new behind; the user gets the text as it is, with secrets masked."""

    passes: bool = False
    """Whether a retry may succeed a moment later."""


class PartialFailure(ResourceError):  # noqa: N818 - it is a state of the resource before it is an error
    """A create or update left something behind but did not finish: the engine keeps id and state, the run fails.

    The engine records the outputs, shows the reasons and tries an update the next time (even without a change).
    """

    def __init__(
        self, resource_id: str, outputs: Properties, reasons: Sequence[str], inputs: Properties | None = None
    ) -> None:
        super().__init__("; ".join(reasons))
        self.id = resource_id
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = list(reasons)


class Resource(ABC):
    """One type of resource. An instance serves all resources of the type, from several threads at once."""

    def during(self, operation: Operation) -> Resource:
        """What serves this one operation: the instance itself, or a copy with the operation's own values."""
        return self

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """The inputs to keep, with defaults, and what is wrong with them.

        `olds` are the inputs kept last time, None for a new resource.
        """
        return news, ()

    @abstractmethod
    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """What it takes to get from the old inputs and state (`olds`) to the new inputs. Looks at nothing outside."""

    @abstractmethod
    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Make it: the id (not empty, except in a preview) and the state. Raises ResourceError or PartialFailure."""

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look at what exists. `inputs` is empty for an import or a look-up by id; then `state` may be empty, too.

        Raising fails the whole refresh or preview.
        """
        return Read(resource_id, inputs, state)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Bring it to the new inputs: the new state. Raises ResourceError or PartialFailure."""
        raise ResourceError(f"{operation.type} {operation.name} cannot be updated; replace it")

    @abstractmethod
    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove it. It is no error if it is already gone. Raises ResourceError."""
