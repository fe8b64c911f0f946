"""What one type of resource of a plugin has to say: the abstract `Resource`, its results and its errors.

Methods get and return plain values: secrets come without their mark (`secrecy.plain`), and the base puts the mark on
everything in the results that had it in what was given, at the same key (`secrecy.mark_secrets`). A secret that a
resource finds elsewhere it wraps in `Secret` itself. Values that are not known yet are `UNKNOWN`; they come to
`check`, `diff` and to `create` and `update` of a preview alone, and only those previews may return them.
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
    """One call of the engine: on which resource, within which limits, and where to log and to look for cancellation."""

    urn: str
    type: str
    """The token, e.g. `meshx:index:Join`."""
    name: str
    """The resource's name in the program."""
    preview: bool = False
    """True where nothing may be changed: create and update of a preview."""
    timeout: float = 0.0
    """Seconds that the program's `custom_timeouts` gives this operation; 0 where it says nothing."""
    ignore_changes: Sequence[str] = ()
    """Property paths of `ignore_changes`; the engine has put the old values there already."""
    random_seed: bytes = b""
    """In `check`: the seed of automatic names, the same for the preview and the update that follows."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when the user cancels: stop waiting and say what is done and what not."""
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
    """What is really there. An empty id says that the resource is gone; inputs are as `check` would return them."""

    id: str
    inputs: Properties = field(default_factory=dict[str, object])
    outputs: Properties = field(default_factory=dict[str, object])
    reasons: Sequence[str] = ()
    """Why it is there but not in working order (shown as a warning; the next update tries again); usually empty."""


class ResourceError(Exception):
    """An operation failed and left nothing new behind; the text goes to the user as it is, secrets blotted out."""

    passes: bool = False
    """Whether the same may succeed a moment later."""


class PartialFailure(ResourceError):  # noqa: N818 - it is a state of the resource before it is an error
    """A create or update left something behind but did not reach its aim: id and state are kept, the run fails.

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
        """What serves this one operation: the instance itself, or a copy with what belongs to the operation."""
        return self

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """The inputs to keep, defaults filled in, and what is wrong with them.

        `olds` are the inputs kept last time, None for a resource that is new.
        """
        return news, ()

    @abstractmethod
    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """What changing from the old inputs and state (`olds`) to the new inputs takes. Looks at nothing outside."""

    @abstractmethod
    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Make it: the id (not empty, except in a preview) and the state. Raises ResourceError or PartialFailure."""

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look at what is there. `inputs` is empty for an import or a look-up by id, where `state` may be as well.

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
        """Remove it. One that is gone already is no error. Raises ResourceError."""
