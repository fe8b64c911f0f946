"""What a create may take over: nothing, or what an earlier run of this stack made; it refuses what is another's.

A preview makes each check, too: `preview` looks and refuses, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.helm_records import ReleaseName, Revision, forget, mark_failed, revisions
from meshx.cluster.live_objects import find, give_up_fields, object_name
from meshx.cluster.ownership import OWNER_LABEL, owner_in_values
from meshx.config.owner import Owner

_PENDING = "pending-"


class ForeignObjectError(Exception):
    """The object to make is already in the cluster, and another's."""


def go_on_with_object(cluster: Cluster, inputs: Mapping[str, Any], owner: Owner, preview: bool = False) -> None:
    """Allow the object of these inputs to be applied again, if it exists: it must be this stack's own.

    Raises ForeignObjectError if it does not have this stack's owner label, ClusterError.
    """
    wanted = object_name(inputs)
    live = find(cluster, wanted) if wanted is not None else None
    if wanted is None or live is None:
        return
    if live.labels.get(OWNER_LABEL) == owner.mark:
        if not preview:
            give_up_fields(cluster, wanted, live, OWNER_LABEL)
        return
    where = f" --namespace {wanted.namespace}" if wanted.namespace else ""
    raise ForeignObjectError(
        f"{wanted} is in the cluster already and is not this stack's: its label {OWNER_LABEL} is "
        f"{_told(live.labels.get(OWNER_LABEL))}, this stack is {owner.mark}. It stays as it is. Remove or rename it, "
        "have the stack make something else, or hand it over to the stack, which then changes it and removes it in the "
        f"end: kubectl label --overwrite {wanted.kind.lower()} {wanted.name}{where} {OWNER_LABEL}={owner.mark}"
    )


def change_object(cluster: Cluster, inputs: Mapping[str, Any], owner: Owner, preview: bool = False) -> None:
    """Allow an object of the state to be changed, also one with the mark of an earlier version, which it then loses.

    Two stacks with one former mark may have made an object in turn: the first that changes it now has it from then on.
    Raises ForeignObjectError if it bears another stack's mark, ClusterError.
    """
    wanted = object_name(inputs)
    live = find(cluster, wanted) if wanted is not None else None
    if wanted is None or live is None:
        return
    if (mark := live.labels.get(OWNER_LABEL)) and mark not in owner.marks:
        raise _taken_by_another(str(wanted), mark, owner)


def clear_for_install(cluster: Cluster, inputs: Mapping[str, Any], owner: Owner, preview: bool = False) -> str:
    """Free the name of a release for its installation: drop an earlier run's records, and leave its objects.

    Helm refuses a name that it has any record of, but adopts objects with that release's name: so it installs over
    whatever a dead run left, pending, failed or deployed. Returns what it did, "" for nothing. Raises
    ForeignObjectError for another's release, ClusterError.
    """
    release = _release(inputs)
    found = revisions(cluster, release)
    if not found:
        return ""
    last = found[-1]
    if not _all_ours(found, [owner.mark]):
        raise ForeignObjectError(
            f"Helm release {release} is in the cluster already ({last.status}, revision {last.number}) and is not this "
            f"stack's: its owner is {_told(_other_owner(found, owner.mark))}, this stack is {owner.mark}. It stays as "
            "it is. Use what is there with meshx:mesh.install (`controlPlane: false`, `gateway: false`), or remove it: "
            f"helm uninstall {release.name} --namespace {release.namespace}"
        )
    if not preview:
        forget(cluster, release, found)
    return f"Helm release {release}: an earlier run left it {last.status}; it is installed over what is there"


def clear_for_upgrade(cluster: Cluster, inputs: Mapping[str, Any], owner: Owner, preview: bool = False) -> str:
    """End what a dead run left pending in a release, which Helm would otherwise refuse to upgrade.

    Returns what it did, "" for nothing. Raises ForeignObjectError if the pending operation is another's, or if the
    release bears another stack's mark; ClusterError.
    """
    release = _release(inputs)
    found = revisions(cluster, release)
    if found and (mark := owner_in_values(found[-1].values)) and mark not in owner.marks:
        raise _taken_by_another(f"Helm release {release}", mark, owner)
    if not found or not found[-1].status.startswith(_PENDING):
        return ""
    last = found[-1]
    if not _all_ours([last], owner.marks):
        raise ForeignObjectError(
            f"Helm release {release} is {last.status} (revision {last.number}) by somebody else than this stack: wait "
            f"until that is done, or end it: helm rollback {release.name} --namespace {release.namespace}"
        )
    if not preview:
        mark_failed(cluster, release, last, "the run was ended before Helm was done")
    return f"Helm release {release}: revision {last.number}, left {last.status} by an earlier run, counts as failed"


def _taken_by_another(what: str, mark: str, owner: Owner) -> ForeignObjectError:
    return ForeignObjectError(
        f"{what} is in this stack's state, but bears the mark of another: {mark}, this stack is {owner.mark}. It stays "
        "as it is. If this stack was renamed, or its state was moved to another backend, write its former mark as "
        f"meshx:environment.owner: {mark}. If another stack has taken it over, have this one forget it "
        "(`pulumi state delete`) and make something else"
    )


def _release(inputs: Mapping[str, Any]) -> ReleaseName:
    return ReleaseName(str(inputs["namespace"]), str(inputs["name"]))


def _all_ours(found: list[Revision], marks: Sequence[str]) -> bool:
    return all(owner_in_values(revision.values) in marks for revision in found)


def _other_owner(found: list[Revision], mark: str) -> str | None:
    marks = [owner_in_values(revision.values) for revision in found]
    return next(named for named in marks if named != mark)


def _told(owner: str | None) -> str:
    return owner or "missing"
