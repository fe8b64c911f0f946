"""States that the program wrote before its modules were moved into rooms, fitted to the stack of a test.

A record (states_before/<stack>.json) has the resources with their inputs, and what meshx's own plugin kept of its
resources, without values: what stands in one sandbox is not what stands in another. The values are those of the stack
as it is now, in the shape of that time.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.e2e.stack.mesh_project import MeshProject

RECORDS = Path(__file__).with_name("states_before")
MISSING = object()
"""In place of a value that today's state has not."""
OF_TODAY = ("id", "created", "modified", "initErrors", "sourcePosition", "stackTrace")
"""What says nothing of a state's shape, or is the cluster's."""


def take_in(project: MeshProject, stack: str, folder: Path) -> None:
    """Have the project's state be as the earlier program would have written it; folder: for files on the way."""
    file = folder / "state.json"
    project.expect("stack", "export", "--file", str(file))
    exported = json.loads(file.read_text())
    today = {one["urn"]: one for one in exported["deployment"]["resources"]}
    then: list[dict[str, Any]] = json.loads((RECORDS / f"{stack}.json").read_text())
    assert {one["urn"] for one in then} == set(today), "resources would go, or be made anew"
    exported["deployment"]["resources"] = [_fitted(one, today[one["urn"]], today) for one in then]
    file.write_text(json.dumps(exported))
    project.expect("stack", "import", "--file", str(file))


def expect_machines_alone(project: MeshProject, machines: int) -> None:
    """Have the preview show other files and `upkeep` for each machine over SSH, and nothing else; apply it.

    tests/program/states_before/changed.yaml has the reason.
    """
    plan = project.expect("preview", "--diff", "--refresh=false")
    assert plan.changes().get("update") == machines, plan.text
    assert not {"create", "delete", "replace"} & set(plan.changes()), plan.text
    changed = set(re.findall(r"^\s+[+~-] ([a-z]\w*)", plan.text, re.MULTILINE))
    assert changed <= {"bundle", "upkeep", "files", "content", "folders", "owner", "mode", "meshx"}, plan.text
    applied = project.expect("up", "--yes", "--skip-preview", "--refresh=false")
    assert applied.changes().get("updated") == machines, applied.text
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
