"""A stack's state with many of something in it, made out of one: nobody has hundreds of machines at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.e2e.stack.mesh_project import STACK, MeshProject


def put_state(made: MeshProject, state: str) -> None:
    """Let the stack have this state, as `pulumi stack export` gave it."""
    file = made.folder.parent / "state.json"
    file.write_text(state)
    made.expect("stack", "import", "--stack", STACK, "--file", str(file))


def get_state(made: MeshProject) -> str:
    """The stack's state, to be put back."""
    return made.expect("stack", "export", "--stack", STACK).text


def multiplied(state: str, name: str, copies: Sequence[Mapping[str, str]]) -> str:
    """The state with `copies` in the place of the resources whose logical names have `name` in them.

    A copy is what to write for what, the name first of all.
    """
    whole: dict[str, Any] = json.loads(state)
    resources: list[dict[str, Any]] = whole["deployment"]["resources"]
    one = [resource for resource in resources if name in resource["urn"].rpartition("::")[2]]
    rest = [resource for resource in resources if resource not in one]
    pattern = json.dumps(one)
    for copy in copies:
        text = pattern
        for old, new in copy.items():
            text = text.replace(old, new)
        rest += json.loads(text)
    whole["deployment"]["resources"] = rest
    return json.dumps(whole)
