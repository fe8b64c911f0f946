"""What a program waits for itself: the annotation `pulumi.com/waitFor`.

One expression or a JSON list of them, all of which must hold: `condition=TYPE[=STATUS]`, or `jsonpath={PATH}[=VALUE]`
in kubectl's strict form (official plugin: metadata/overrides.go, ReadyCondition; pkg/jsonpath).
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.readiness.waiting import Look, Looking, condition, current

_JSONPATH = re.compile(r"jsonpath='?\{(?P<path>.+)\}'?(?:=(?P<value>.*))?\Z")
_STEP = re.compile(
    r"\.(?P<key>(?:\\.|[^.\[\]\\])+)"
    r"|\[(?P<index>-?\d+)\]"
    r"|(?P<every>\[\*\])"
    r"|\[['\"](?P<quoted>[^'\"]+)['\"]\]"
    r"|\[\?\(@\.(?P<field>[\w.]+)==['\"](?P<wanted>[^'\"]*)['\"]\)\]"
)

Holds = Callable[[dict[str, Any]], bool]


class MalformedWaitForError(Exception):
    """The annotation cannot be understood; the text names the expression."""


def look_for(cluster: Cluster, live: dict[str, Any], annotation: str) -> Looking:
    """A look that is ready once everything that the annotation asks for holds. Raises MalformedWaitForError."""
    wanted = expressions(annotation)

    def look() -> Look:
        obj = current(cluster, live)
        missing = tuple(f"waiting for {text}" for text, holds in wanted.items() if not holds(obj))
        return Look(not missing, obj, missing)

    return look


def expressions(annotation: str) -> dict[str, Holds]:
    """Each expression of the annotation and whether it holds for an object. Raises MalformedWaitForError."""
    try:
        parsed = json.loads(annotation)
    except ValueError:
        parsed = annotation
    texts = parsed if isinstance(parsed, list) and all(isinstance(text, str) for text in parsed) else [annotation]
    if not texts:
        raise MalformedWaitForError("at least one condition must be specified")
    return {text: _expression(text) for text in texts}


def _expression(text: str) -> Holds:
    if text.startswith("condition="):
        kind, _, status = text.removeprefix("condition=").partition("=")
        wanted = (status or "True").lower()
        return lambda obj: str(condition(obj, kind).get("status", "")).lower() == wanted
    if text.startswith("jsonpath="):
        match = _JSONPATH.match(text)
        if not match:
            raise MalformedWaitForError(
                f"jsonpath wait format must be --for=jsonpath='{{.status.readyReplicas}}'=3: {text}"
            )
        steps, value = _steps(match["path"], text), match["value"]
        return lambda obj: _satisfied(_values([obj], steps), value)
    raise MalformedWaitForError(f'expected a "jsonpath=" or "condition=" prefix, got "{text}"')


def _steps(path: str, text: str) -> list[re.Match[str]]:
    steps, position = [], 0
    while position < len(path):
        step = _STEP.match(path, position)
        if not step:
            raise MalformedWaitForError(
                f"the sandbox's kubernetes plugin does not understand {path[position:]} in {text}"
            )
        steps.append(step)
        position = step.end()
    return steps


def _values(found: list[Any], steps: list[re.Match[str]]) -> list[Any]:
    for step in steps:
        found = [value for holder in found for value in _stepped(holder, step)]
    return found


def _stepped(holder: Any, step: re.Match[str]) -> list[Any]:
    key = step["quoted"] or re.sub(r"\\(.)", r"\1", step["key"] or "")
    if key:
        return [holder[key]] if isinstance(holder, dict) and key in holder else []
    if not isinstance(holder, list):
        return list(holder.values()) if step["every"] and isinstance(holder, dict) else []
    if step["every"]:
        return holder
    if step["index"]:
        index = int(step["index"])
        return [holder[index]] if -len(holder) <= index < len(holder) else []
    return [item for item in holder if isinstance(item, dict) and str(item.get(step["field"])) == step["wanted"]]


def _satisfied(values: list[Any], wanted: str | None) -> bool:
    if wanted is None:
        return any(value is not None for value in values)
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return bool(texts) and all(text == wanted for text in texts)
