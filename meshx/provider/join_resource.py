"""The resource ``meshx:index:Join``: one machine's place in the mesh.

Inputs: see meshx/machine/join_inputs.py. Outputs: the inputs, and ``observed`` ("ok", "unreachable" for a machine that
did not join, "another mesh's" for one that went over), ``machineId`` (/etc/machine-id), ``certificateEnd`` (RFC 3339,
"" if there is none) and ``packageVersion``. Neither holds a secret:
the token goes from the cluster to the machine, and the key to log in with is the provider's configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, TypeVar

from meshx.cluster.cluster_client import ClusterError, former_cluster_of
from meshx.cluster.registration import EntryHealth, entry_health
from meshx.config.values.certificates import fingerprint
from meshx.config.values.connection_limit import MAX_CONNECTIONS
from meshx.machine.citadel_root import citadels_root
from meshx.machine.drift import found_bundle
from meshx.machine.entry_state import in_present_shape, with_entry_state
from meshx.machine.join_inputs import HELD_SECONDS, WAY_BACK_SECONDS, JoinInputs, check_inputs, join_inputs
from meshx.machine.joining import bring_in
from meshx.machine.leaving import take_out
from meshx.machine.line import Line
from meshx.machine.looking import look
from meshx.machine.machine_errors import MachineError, UnreachableError, UntouchedError
from meshx.machine.moving.joined_by import Whose, anothers_words, noted_otherwise, own_mark, whose
from meshx.machine.observation import JOINED_BY, KEPT, MACHINE_STATE, UNDONE, Observation
from meshx.machine.preview_observation import PreviewObservations
from meshx.machine.revoked import Revoked
from meshx.machine.roots_of_trust import planned_words, present_words, seen_root, with_known_text
from meshx.machine.ssh import loop
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.surroundings import Surroundings
from meshx.machine.taking_part import NotReadyError, unheard_seconds
from meshx.plugin_base.custom_resource import (
    CheckFailure,
    Diff,
    Operation,
    PartialFailure,
    Read,
    ResourceError,
)
from meshx.plugin_base.property_diff import compare, has_unknown, unknown_outputs
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource
from meshx.rollout.effect import Effect
from meshx.rollout.planned_effect import effect_words, planned_effect

UNSEEN, OF_ANOTHER = "unreachable", "another mesh's"
"""What `observed` says of a machine that did not join, and of one that another mesh has by now."""
LEAVING_INPUTS = ("drainSeconds", "onUnreachable", HELD_SECONDS)
FOUND_OUTPUTS = ("observed", "machineId", "certificateEnd", "packageVersion")

_Result = TypeVar("_Result")


class JoinResource(ClusterResource):
    """A machine's join.

    ``configuration`` is the provider's: ``kubeconfigFile``, ``context``, ``sshPrivateKeyFile``,
    ``sshPrivateKeyVariable``, ``sshPrivateKey``, ``lookInPreviews``, ``sshMaxConnections``, ``revoked``,
    ``maxUnavailable``, ``formerContext``.
    """

    def __init__(self, configuration: Properties) -> None:
        super().__init__(configuration)
        self._key = PrivateKey.of(configuration)
        self._revoked = Revoked.of(configuration.get("revoked"))
        self._max_connections = int(configuration.get("sshMaxConnections") or MAX_CONNECTIONS)
        self._max_unavailable = int(configuration.get("maxUnavailable") or 0)
        self._former = former_cluster_of(configuration)
        looks = configuration.get("lookInPreviews") or self._former is not None
        self._preview_observations = PreviewObservations() if looks else None

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Fill in defaults and name what is missing; roots that are the same keep their text."""
        return check_inputs(with_known_text(news, olds), olds)

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare with the state alone. Only another name is another machine; the old one leaves first.

        For how long a wave holds a machine counts only where something else changes.
        """
        # A refresh compares what it found with the inputs of the state, which come as the new ones.
        before, after = (
            {key: value for key, value in in_present_shape(inputs).items() if key != HELD_SECONDS}
            for inputs in (old_inputs, news)
        )
        return compare(before, after, replace_on=("machine",), delete_before_replace=True)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Join the machine; a preview checks whether it joined before, if the stack asks for that.

        If it fails after it changed the machine, the machine stays in the state, so that it can be taken out.
        """
        around = self._around(operation)
        if operation.preview:
            if self._preview_observations is not None:
                self._preview_observations.tell(news, around)
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        inputs = join_inputs(news)
        try:
            seen = _run(inputs, around, lambda line: bring_in(inputs, line, first=True))
        except UntouchedError:
            raise
        except NotReadyError as error:
            raise PartialFailure(inputs.machine, _outputs(news, error.seen), [str(error)], news) from None
        except (MachineError, ClusterError) as error:
            raise PartialFailure(inputs.machine, _unseen(news), [str(error)], news) from None
        return inputs.machine, _outputs(news, seen)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look at the machine: a difference replaces the wanted value; a machine out of reach keeps its state."""
        if not inputs:
            return Read("")
        inputs, around = in_present_shape(inputs), self._around(operation)
        wanted = replace(join_inputs(inputs), known_machine_id=str(state.get("machineId") or ""))
        if self._revoked.has(wanted):
            operation.inform(f"{resource_id} is revoked, and nobody logs in to it")
            return Read(resource_id, inputs, in_present_shape(state))

        async def seen_on(line: Line) -> tuple[Observation, Whose]:
            seen = await look(wanted, await line.session())
            return seen, await whose(seen, around)

        try:
            seen, owner = _run(wanted, around, seen_on)
            # Of a machine that an earlier meshx joined, the next delivery has the mark.
            noted = noted_otherwise(seen, own_mark(around)) if seen.joined_by and owner is Whose.OURS else ""
            for line in seen.told:
                operation.inform(f"{resource_id}: {line}")
            if root := seen_root(wanted.bundle, seen):
                around.cluster.api.machine_roots[wanted.machine] = fingerprint(root)
            if words := present_words(wanted.bundle, seen):
                operation.inform(f"{resource_id}: {words}")
            found = {**inputs, "bundle": found_bundle(wanted, seen, citadels_root(around.cluster, wanted))}
        except Exception as error:
            # Whatever it is: one machine must not fail the refresh of all.
            operation.warn(f"{resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, in_present_shape(state))
        state_words = anothers_words(resource_id, seen) if owner is Whose.ANOTHERS else seen.other_machine(wanted)
        for key, words in ((MACHINE_STATE, state_words), (UNDONE, seen.undone), (JOINED_BY, noted)):
            found.pop(key, None)
            if words:
                found[key] = words
        # None, or a change on trial that no run takes up any more.
        if seen.way_back != KEPT and wanted.way_back_seconds:
            found[WAY_BACK_SECONDS] = 0
        if wanted.workload_entry is not None:
            found = with_entry_state(found, self._entry_problem(wanted, around))
        outputs = _outputs(found, seen)
        return Read(resource_id, found, {**outputs, "observed": OF_ANOTHER} if owner is Whose.ANOTHERS else outputs)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Bring the machine to the new inputs. With another identity it leaves first, unless the machine is new.

        Where its workload's account was revoked it does not leave: it serves by its old entry until it restarts.
        """
        if operation.preview:
            effect, words = _foreseen(olds, old_inputs, news)
            if words:
                operation.inform(f"{resource_id}: {words}")
            if effect is Effect.RESTART:
                self._cluster.api.restarted.add((str(news["machine"]), True))
            return news | unknown_outputs(FOUND_OUTPUTS)
        inputs, before = join_inputs(news), join_inputs({**news, **in_present_shape(old_inputs)})
        inputs = replace(inputs, known_machine_id=str(olds.get("machineId") or ""))

        async def bring_over(line: Line) -> Observation:
            if inputs.follows(before):
                return await bring_in(inputs, line, serves_by=before.workload_entry)
            # Over the new connection: the old one may be what has changed.
            if inputs.account != before.account:
                seen = await look(before, await line.session())
                if seen.machine_id == olds.get("machineId"):
                    await take_out(before, line)
            return await bring_in(inputs, line)

        try:
            seen = _run(inputs, self._around(operation), bring_over)
        except UnreachableError as error:
            if not _differ_in_leaving_only(old_inputs, news):
                raise
            # Or a machine that is gone for good could never be removed from the stack.
            operation.warn(f"{error}\nHow it is to leave is noted all the same")
            return {**olds, **news}
        return _outputs(news, seen)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Take the machine out of service, then out of the mesh; if it is out of reach, fail or forget it."""
        inputs = join_inputs({**olds, **in_present_shape(old_inputs)})
        if self._revoked.has(inputs):
            self._forget_revoked(inputs, operation)
            return
        try:
            _run(inputs, self._around(operation), lambda line: take_out(inputs, line, run_command=True))
        except UnreachableError as error:
            if not inputs.forget_unreachable:
                raise ResourceError(
                    f"{error}\nIt stays as it is until it can be reached. To let it go, write `onUnreachable: forget` "
                    f"under its workload, have that noted by `pulumi up --target '**::{operation.name}'`, and run this "
                    "again"
                ) from None
            operation.warn(f"{error}\nIt is forgotten, as configured, and keeps what it has of the mesh")

    def _forget_revoked(self, inputs: JoinInputs, operation: Operation) -> None:
        """Leave it alone, which is right only if the mesh refuses the account that it had."""
        if inputs.account not in self._revoked.accounts:
            raise ResourceError(
                f"{inputs.machine} is revoked, but joined as {inputs.account}, which the mesh does not refuse: write "
                "`revoked: true` under the name and the workload that it had; rename or move it in a later `up`"
            )
        operation.inform(f"{inputs.machine} is revoked, and nobody logs in to it: it keeps what it has of the mesh")

    def _entry_problem(self, inputs: JoinInputs, around: Surroundings) -> str:
        """What keeps istiod from tying the machine to its entry; "" for nothing, or if that is unknown."""
        try:
            health = entry_health(around.cluster, inputs.namespace, str(inputs.workload_entry))
        except ClusterError as error:
            around.operation.warn(f"{inputs.machine}: what istiod knows of it was not looked at: {error}")
            return ""
        if health is None:
            return "absent"
        if health.checked and health.healthy is None and not _report_may_come(health, inputs):
            return health.message or (
                "no word of its health at istiod" if health.connected_at else "not connected to istiod"
            )
        return ""

    def _around(self, operation: Operation) -> Surroundings:
        return Surroundings(
            self._key, self._cluster, operation, self._max_connections, self._max_unavailable, self._former
        )


def _run(inputs: JoinInputs, around: Surroundings, work: Callable[[Line], Coroutine[Any, Any, _Result]]) -> _Result:
    """What `work` returns, given the operation's line to the machine."""

    async def over_a_line() -> _Result:
        async with Line(inputs.machine, inputs.connection, around) as line:
            return await work(line)

    return loop.run(over_a_line())


def _report_may_come(health: EntryHealth, inputs: JoinInputs) -> bool:
    """Whether the proxy connected so recently that istiod may not know the machine's health yet."""
    if health.connected_at is None or health.message:
        return False
    since = (datetime.now(timezone.utc) - health.connected_at).total_seconds()
    return since < unheard_seconds(inputs.bundle)


def _outputs(inputs: Properties, seen: Observation) -> Properties:
    return {
        **inputs,
        "observed": "ok",
        "machineId": seen.machine_id,
        "certificateEnd": f"{seen.certificate.end:%Y-%m-%dT%H:%M:%SZ}" if seen.certificate else "",
        "packageVersion": seen.package.version,
    }


def _foreseen(state: Properties, old: Properties, new: Properties) -> tuple[Effect, str]:
    """What an update does to the machine, and how a preview says it; "" where that is not known yet, or nobody has seen
    the machine."""
    if state.get("observed") == OF_ANOTHER:
        return Effect.NOTHING, f"`up` refuses it: {old.get(MACHINE_STATE) or state.get(MACHINE_STATE)}"
    if state.get("observed") == UNSEEN:
        return Effect.NOTHING, ""
    if words := planned_words(old, new):
        return Effect.RESTART, words
    if has_unknown(new["bundle"]):
        return Effect.NOTHING, ""
    effect = planned_effect(in_present_shape(old), new)
    return effect, effect_words(effect)


def _differ_in_leaving_only(old: Properties, new: Properties) -> bool:
    joining, wanted = ({key: value for key, value in one.items() if key not in LEAVING_INPUTS} for one in (old, new))
    return old != new and joining == wanted


def _unseen(inputs: Properties) -> Properties:
    return {**inputs, "observed": UNSEEN, "machineId": "", "certificateEnd": "", "packageVersion": ""}
