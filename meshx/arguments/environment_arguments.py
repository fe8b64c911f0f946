"""Arguments of a mesh: environment. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class EnvironmentArgs(TypedDict):
    """The file's environment, and the cluster that belongs to it."""

    name: NotRequired[str]
    """The environment. The stack's name must be this, or this with `-` and a suffix, such as `prod-eu`; any other
    stack is refused."""
    cluster_uid: NotRequired[str]
    """The UID of the cluster's namespace `kube-system`, which identifies the cluster whatever its context is called.
    Any other cluster is refused. Left out: not checked."""
    owner: NotRequired[str]
    """What marks the stack's objects as its own (label `meshx/owner`). Left out: made of organization, backend,
    project and stack. If the stack was renamed or its state was moved, the mark it had before."""
    protect: NotRequired[bool]
    """Protect what the stack makes: Pulumi refuses a run that would delete any of it, also a machine's place in the
    mesh. To delete, first apply `false`."""
