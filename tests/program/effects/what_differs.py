"""What really differs for the machines between two runs of the program, in the words of meshx/rollout/effect.py.

Of a machine over SSH it is told by the files that join.sh would get, of an instance by the parts of its startup script
and by what Google's plugin changes in place (sandbox/pulumi/gcp): not by meshx's own account of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshx.join.machine_files import machine_files
from meshx.rollout.effect import Effect
from sandbox.pulumi.gcp.instance import Instance
from sandbox.pulumi.gcp.instance_group import RegionInstanceGroupManager
from tests.program.recorded_program import Registered
from tests.program.test_states_before import urns

JOIN = "meshx:index:Join"
INSTANCE = "gcp:compute/instance:Instance"
INSTANCE_JOIN = "meshx:index:InstanceJoin"
TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
MANAGER = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
COMMAND = "command:remote:Command"
GOOGLE = "pulumi:providers:gcp"
KINDS = {
    JOIN: "over SSH",
    COMMAND: "over SSH",
    INSTANCE: "instance",
    INSTANCE_JOIN: "instance",
    TEMPLATE: "group",
    MANAGER: "group",
}
"""The kind of machine that a resource stands for."""
GOES = {JOIN: Effect.REJOIN, INSTANCE_JOIN: Effect.REJOIN, COMMAND: Effect.COMMAND}
"""What becomes of a machine whose resource goes; an instance goes itself."""
STOPPED_FOR = {"machineType", "serviceAccount"}
"""What Google changes of an instance only while it is off, so that it is stopped, and boots again."""
STARTED_WITH = re.compile(r"files/.*|packages?")
"""What join.sh takes the sum of (started_mark): another one, and the sidecar restarts."""


def effects(before: list[Registered], after: list[Registered]) -> dict[str, Effect]:
    """The gravest that happens to any machine of each kind that is there before."""
    found: dict[str, Effect] = {}
    places = [[one.inputs.get("project") for one in run if one.type == GOOGLE] for run in (before, after)]
    now = urns(after)
    for urn, old in urns(before).items():
        if (kind := KINDS.get(old.type)) is None:
            continue
        new = now.get(urn)
        effect = GOES.get(old.type, Effect.INSTANCE) if new is None else _effect(old, new)
        # The provider's own project is every resource's (google/tpgresource, DefaultProviderProject).
        if kind != "over SSH" and places[0] != places[1]:
            effect = Effect.INSTANCE
        found[kind] = max(effect, found.get(kind, Effect.NOTHING))
    return found


def joins(before: list[Registered], after: list[Registered]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The inputs of each Join that is there before and after."""
    now = urns(after)
    for urn, old in urns(before).items():
        if old.type == JOIN and urn in now:
            yield old.inputs, now[urn].inputs


def of_join(old: Mapping[str, Any], new: Mapping[str, Any]) -> Effect:
    """What an update of a Join does."""
    if any(old[key] != new[key] for key in ("machine", "namespace", "serviceAccount")):
        return Effect.REJOIN
    effect = _of_files(machine_files(old["bundle"]), machine_files(new["bundle"]))
    # With a way back, the machine keeps its package.
    keeps = ["wayBackSeconds" in one for one in (old, new)]
    return max(effect, Effect.FILE if keeps[0] != keeps[1] else Effect.NOTHING)


def _effect(old: Registered, new: Registered) -> Effect:
    # The engine goes on with what the state has of what is ignored.
    was, now = ({key: one.inputs[key] for key in one.inputs if key not in new.ignored} for one in (old, new))
    differ = {key for key in {*was, *now} if was.get(key) != now.get(key)}
    if old.type == JOIN:
        return of_join(was, now)
    if old.type == COMMAND:
        return Effect.COMMAND if differ else Effect.NOTHING
    if old.type == INSTANCE_JOIN:
        return Effect.NOTHING
    in_place = {INSTANCE: Instance.in_place, MANAGER: RegionInstanceGroupManager.in_place}.get(old.type, frozenset())
    if differ - in_place:
        return Effect.INSTANCE
    if old.type != INSTANCE or "metadata" not in differ:
        return Effect.RESTART if differ & STOPPED_FOR else Effect.NOTHING
    return _of_script(*(parts(one["metadata"]["startup-script"]) for one in (was, now)))


def _of_script(old: Mapping[str, str], new: Mapping[str, str]) -> Effect:
    identities = [
        re.findall(r"^(?:NAMESPACE|SERVICE_ACCOUNT)=.*", one["cluster_access.env"], re.MULTILINE) for one in (old, new)
    ]
    if identities[0] != identities[1]:
        return Effect.REJOIN
    runs = Effect.COMMAND if old.get("own-startup") != new.get("own-startup") else Effect.FILE
    return max(runs, _of_files(old, new))


def _of_files(old: Mapping[str, str], new: Mapping[str, str]) -> Effect:
    differ = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    if _sums(old) == _sums(new):
        # A package that comes from elsewhere is the same package.
        differ -= {"package", "packages"}
    if any(map(STARTED_WITH.fullmatch, differ)):
        return Effect.RESTART
    return Effect.FILE if differ else Effect.NOTHING


def _sums(files: Mapping[str, str]) -> Iterable[str]:
    return re.findall(r"\b[0-9a-f]{64}\b", files.get("package", "") + files.get("packages", ""))


def parts(script: str) -> dict[str, str]:
    """The files in a startup script by name."""
    return {name: text for name, _, text in re.findall(r"^put (\S+) <<'(\w+)'\n(.*?)^\2$", script, re.M | re.S)}
