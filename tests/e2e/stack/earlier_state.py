"""States that the program wrote before its modules were moved into rooms, fitted to the stack of a test.

A record (states_before/<stack>.json) has the resources with their inputs, and what meshx's own plugin kept of its
resources, without values: what stands in one sandbox is not what stands in another. The values are those of the stack
as it is now, in the shape of that time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.live_objects import ObjectName, find, object_name
from meshx.cluster.marking import mark_anew
from meshx.cluster.ownership import OWNER_LABEL
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from tests.e2e.stack.mesh_project import MeshProject

RECORDS = Path(__file__).with_name("states_before")
MISSING = object()
"""In place of a value that today's state has not."""
NEW = "::token-policy"
"""What no stack had then (tests/program/states_before/changed.yaml): a policy and its binding."""
OF_TODAY = ("id", "created", "modified", "initErrors", "sourcePosition", "stackTrace")
"""What says nothing of a state's shape, or is the cluster's."""


def take_in(project: MeshProject, stack: str, folder: Path, former: Mapping[str, str] | None = None) -> None:
    """Have the project's state be as the earlier program would have written it, with its mark of that time.

    folder: for files on the way. former: further texts of today, and what stood in their place.
    """
    file = folder / "state.json"
    project.expect("stack", "export", "--file", str(file))
    exported = json.loads(file.read_text())
    today = {one["urn"]: one for one in exported["deployment"]["resources"]}
    then: list[dict[str, Any]] = json.loads((RECORDS / f"{stack}.json").read_text())
    assert {one["urn"] for one in then} == {urn for urn in today if not urn.endswith(NEW)}, "resources would go"
    exported["deployment"]["resources"] = [_fitted(one, today[one["urn"]], today) for one in then]
    text = json.dumps(exported)
    for now, before in {project.owner.mark: project.owner.name, **(former or {})}.items():
        text = text.replace(now, before)
    file.write_text(text)
    project.expect("stack", "import", "--file", str(file))


def mark_as_before(project: MeshProject) -> dict[ObjectName, str]:
    """Put the mark of that time on the objects of the stack's state; returns each one's UID."""
    there = Cluster(str(KUBECONFIG), CONTEXT)
    uids: dict[ObjectName, str] = {}
    for name in filter(None, (object_name(one["inputs"]) for one in project.state() if one.get("inputs"))):
        if (live := find(there, name)) is not None:
            mark_anew(there, live.path, project.owner.name, str(name))
            uids[name] = live.metadata["uid"]
    return uids


def expect_changes_in_place(project: MeshProject, machines: int, new: int = 0) -> None:
    """Have the run make nothing anew, and leave every object with today's mark.

    machines: how many get the `upkeep`. new: how many resources there were none of then.

    tests/program/states_before/changed.yaml has the reasons.
    """
    uids = mark_as_before(project)
    plan = project.expect("preview", "--diff", "--refresh=false")
    assert not {"delete", "replace"} & set(plan.changes()), plan.text
    assert plan.changes().get("create", 0) == new, plan.text
    assert plan.text.count("~ meshx:index:Join: (update)") == machines, plan.text
    applied = project.expect("up", "--yes", "--skip-preview", "--refresh=false")
    assert not {"deleted", "replaced"} & set(applied.changes()), applied.text
    assert applied.changes().get("created", 0) == new, applied.text
    there = Cluster(str(KUBECONFIG), CONTEXT)
    found = {name: find(there, name) for name in uids}
    assert {name: live.metadata["uid"] for name, live in found.items() if live} == uids
    assert {live.labels[OWNER_LABEL] for live in found.values() if live} == {project.owner.mark}
    project.expect("preview", "--expect-no-changes")


def _fitted(then: dict[str, Any], now: dict[str, Any], today: dict[str, Any]) -> dict[str, Any]:
    fitted = {key: now[key] for key in OF_TODAY if key in now} | then
    if "provider" in then:
        fitted["provider"] = f"{then['provider']}::{today[then['provider']]['id']}"
    fitted |= {part: _filled(then[part], now.get(part, {})) for part in ("inputs", "outputs") if part in then}
    if "outputs" in now and not then["type"].startswith("meshx:"):
        fitted["outputs"] = now["outputs"]
    return fitted


def _filled(then: Any, now: Any) -> Any:
    """Today's values in the shape of that time; what today has no value for was text."""
    if isinstance(then, dict):
        known = now if isinstance(now, dict) else {}
        return {key: _filled(item, known.get(key, MISSING)) for key, item in then.items()}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [_filled(*pair) for pair in zip(then, now, strict=True)]
    if now is MISSING:
        return "" if then is None else then
    return now
