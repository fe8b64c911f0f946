"""What the stack installed is not adopted by it: its release leaves the program, and so would go in the same run."""

import contextlib
from collections.abc import Mapping

import pulumi

from meshx.cluster.helm_records import ReleaseName
from meshx.cluster.ownership import OWNER_LABEL
from meshx.stack.plugin_functions import UnknownClusterError, asked


def refuse_own_release(
    key: str, what: str, release: ReleaseName, labels: Mapping[str, str], parent: pulumi.Resource
) -> None:
    """Raise pulumi.RunError if a release that is to be adopted is the stack's own.

    key: what is false, below meshx:mesh.install. labels: with the stack's mark. Another part of a program may have
    installed it, so this is for a whole mesh alone.
    """
    with contextlib.suppress(UnknownClusterError):
        arguments = {"namespace": release.namespace, "name": release.name}
        if asked("meshx:index:releaseOwner", arguments, parent)["owner"] == labels[OWNER_LABEL]:
            raise own_error(key, what)


def own_error(key: str, what: str) -> pulumi.RunError:
    """The refusal to adopt what is the stack's own."""
    return pulumi.RunError(
        f"meshx:mesh.install.{key} is false, but {what} is this stack's own, and would go under all that are connected "
        "to it. Remedy: true. To give it away, have its new owner upgrade the Helm release with values that lack "
        "global.meshx.owner, and take it out of this stack's state (`pulumi state delete`) before this run"
    )
