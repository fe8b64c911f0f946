"""Looks at machines in a preview: for one that joined before, the preview shows what `up` would change on it.

It only informs. It reports a machine that is out of reach, or any other failure, but never fails the preview. All the
looks of a preview together have a time limit, since they come on top of its own time.
"""

from __future__ import annotations

import asyncio
import difflib
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from meshx.join.bundle import CLUSTER_ENV, ROOT_CERTIFICATE
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs, join_inputs
from meshx.machine.line import Line
from meshx.machine.looking import look
from meshx.machine.machine_errors import UnreachableError
from meshx.machine.moving.coming_over import coming_over
from meshx.machine.moving.joined_by import Whose, anothers_words, whose
from meshx.machine.observation import Observation
from meshx.machine.ssh import loop
from meshx.machine.surroundings import Surroundings
from meshx.plugin_base.property_diff import has_unknown
from meshx.plugin_base.property_values import Properties
from meshx.rollout.effect import Effect
from meshx.rollout.planned_effect import effect_words, planned_effect

ALL_LOOKS_SECONDS = 10.0
CONNECT_SECONDS = 3.0
UNREACHABLE_AT_MOST = 3
"""After so many machines out of reach meshx skips the rest: the cause is likely the same for all."""
_LINES_OF_A_FILE = 12


class PreviewObservations:
    """The looks of one preview: how much of their time is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deadline: float | None = None
        self._unreachable = 0
        self._given_up = False

    def tell(self, news: Properties, around: Surroundings) -> None:
        """Report on a machine that joined before, or that meshx cannot look at; never raises."""
        if has_unknown(news["connection"]) or not isinstance(news.get("bundle"), Mapping):
            return
        seconds = self._seconds_left(around)
        if seconds <= 0:
            return
        inputs = join_inputs(news)
        quick = replace(inputs.connection, connect_seconds=min(CONNECT_SECONDS, seconds))
        inputs = replace(inputs, bundle=_known_part(inputs.bundle), connection=quick)
        try:
            seen, owner = loop.run(_limited(inputs, around, seconds))
            lines = told(inputs, seen, owner, news["bundle"]["hosts"])
        except asyncio.TimeoutError:
            around.operation.inform(f"{inputs.machine} was not looked at: it did not answer within {seconds:.0f} s")
        except Exception as error:
            if isinstance(error, UnreachableError):
                with self._lock:
                    self._unreachable += 1
            around.operation.inform(f"{inputs.machine} was not looked at: {error}")
        else:
            if lines:
                around.operation.inform("\n".join(lines))

    def _seconds_left(self, around: Surroundings) -> float:
        with self._lock:
            now = time.monotonic()
            if self._deadline is None:
                self._deadline = now + ALL_LOOKS_SECONDS
            left = self._deadline - now
            if left > 0 and self._unreachable < UNREACHABLE_AT_MOST:
                return left
            if not self._given_up:
                self._given_up = True
                around.operation.inform(
                    "further machines are not looked at in this preview: whether one was joined already shows in `up`"
                )
            return 0.0


async def _limited(inputs: JoinInputs, around: Surroundings, seconds: float) -> tuple[Observation, Whose]:
    return await asyncio.wait_for(look_over_a_line(inputs, around), seconds)


async def look_over_a_line(inputs: JoinInputs, around: Surroundings) -> tuple[Observation, Whose]:
    async with Line(inputs.machine, inputs.connection, around) as line:
        seen = await look(inputs, await line.session())
        return seen, await whose(seen, around)


def told(inputs: JoinInputs, seen: Observation, owner: Whose = Whose.OURS, names: Collection[str] = ()) -> list[str]:
    """Return what to say of a machine: nothing if it never joined, else what `up` would change.

    owner: whose it is. names: those that it is to know, with known addresses or not.
    """
    if owner is Whose.ANOTHERS:
        return [f"{anothers_words(inputs.machine, seen)}. `up` refuses it"]
    if owner is Whose.FORMER:
        return coming_over(inputs, names, seen)
    if not (seen.joined or seen.package.version or seen.unit_state == "active" or CLUSTER_ENV in seen.files):
        return []
    if seen.belongs_to_another(inputs.machine):
        first = f"{inputs.machine} is in the mesh already as {seen.joined_as}, or its clone: it gets a key of its own"
    elif seen.joined:
        first = f"{inputs.machine} was joined by meshx already, by another stack or with a state that is lost"
    else:
        first = f"{inputs.machine} was joined by hand"
    found = found_bundle(inputs, seen)
    differences = list(_differences(inputs.bundle, found))
    if words := seen.other_machine(inputs):
        differences.append(words)
    if not differences:
        return [f"{first}, and is what it should be: `up` only takes it over"]
    of_found = {"bundle": found}, {"bundle": inputs.bundle}
    # What joined by hand was not started by a join.
    words = effect_words(planned_effect(*of_found)) if seen.joined else f"the update {Effect.RESTART.words}"
    return [f"{first}. `up` takes it over and changes:", *(f"  {line}" for line in [*differences, f"so {words}"])]


def _known_part(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle without unknown values: address and certificate of a control plane that does not exist yet."""
    known = {key: value for key, value in bundle.items() if not has_unknown(value)}
    for key in ("files", "hosts"):
        known[key] = {name: value for name, value in bundle[key].items() if not has_unknown(value)}
    if ROOT_CERTIFICATE not in known["files"] and "identity" not in known:
        known.pop("certificate", None)
    return known


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for path, file in wanted["files"].items():
        yield from _file_differences(path, file, found["files"].get(path))
    for path, folder in wanted.get("folders", {}).items():
        there = found["folders"].get(path)
        if there is not None and there != folder:
            yield f"{path}: {there['owner']} {there['mode']}, to be {folder['owner']} {folder['mode']}"
    for name, address in wanted["hosts"].items():
        there = found["hosts"].get(name, "no address")
        if there != address:
            yield f"{name} in /etc/hosts: {there}, to be {address or 'gone'}"
    for key, value in wanted["unit"].items():
        if found["unit"].get(key) != value:
            yield f"unit {wanted['unit']['name']}: not {key}"
    package = found["package"]
    if package != wanted["package"]:
        there = package.get("state") or package["sha256"]
        yield f"package {wanted['package']['name']}: {there}; it is installed anew unless it is the very same"
    for key, name in (("packetRules", "packet rules"), ("certificate", "certificate")):
        if key in wanted and found[key] != wanted[key]:
            yield f"{name}: {found[key]}"
    if found.get("whenDown") != wanted.get("whenDown"):
        to_be = wanted.get("whenDown", {"callsPastTheProxy": "answered"})["callsPastTheProxy"]
        yield f"calls past the proxy: {found['whenDown']['callsPastTheProxy']}, to be {to_be}"


def _file_differences(path: str, wanted: Mapping[str, Any], found: Mapping[str, Any] | None) -> Iterator[str]:
    if found is None:
        yield f"{path}: missing"
        return
    if (found["owner"], found["mode"]) != (wanted["owner"], wanted["mode"]):
        yield f"{path}: {found['owner']} {found['mode']}, to be {wanted['owner']} {wanted['mode']}"
    if found["content"] == wanted["content"]:
        return
    if path == ROOT_CERTIFICATE:
        yield f"{path}: another certificate"
        return
    lines = [
        line
        for line in difflib.unified_diff(
            found["content"].splitlines(), wanted["content"].splitlines(), lineterm="", n=0
        )
        if not line.startswith(("---", "+++", "@@"))
    ]
    yield f"{path}:"
    yield from (f"  {line}" for line in lines[:_LINES_OF_A_FILE])
    if len(lines) > _LINES_OF_A_FILE:
        yield f"  ... and {len(lines) - _LINES_OF_A_FILE} more lines"
