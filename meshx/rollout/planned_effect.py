"""What an update of a Join does to its machine, told by its inputs: in the state, and new.

The inputs have the shapes of meshx/machine/join_inputs.py. After a refresh those of the state say what the machine has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.rollout.effect import Effect
from meshx.rollout.wave_inputs import restarts_for

IDENTITY = ("machine", "namespace", "serviceAccount")
FOUND = ("machineState", "undone")
"""What only a refresh writes: of another machine, or of one that went back to its files and its package of before."""
NOTED = "joinedBy"
"""What only a refresh writes as well: of a machine that has this stack noted by another name."""


def planned_effect(before: Mapping[str, Any], after: Mapping[str, Any]) -> Effect:
    """The gravest effect of an update, with every value known.

    A restart is what the digest of the machine's wave says (meshx/rollout/wave_inputs.py), and what else has join.sh
    start the unit anew: a certificate that is of no use, settings of the unit, a package that others touched.
    """
    if any(before.get(key) != after.get(key) for key in IDENTITY):
        return Effect.REJOIN
    was, now = before["bundle"], after["bundle"]
    if restarts_for(was) != restarts_for(now) or _started_with(was) != _started_with(now):
        return Effect.RESTART
    if any(before.get(key) for key in FOUND):
        return Effect.RESTART
    keeps = [bool(one.get("wayBackSeconds")) for one in (before, after)]
    placed = keeps[0] != keeps[1] or _placed(was) != _placed(now) or before.get(NOTED)
    return Effect.FILE if placed else Effect.NOTHING


def effect_words(effect: Effect) -> str:
    """What a preview says of it."""
    # A file that somebody edited, say, which the sidecar has not read since.
    return f"the update {effect.words}" + (", unless it runs with this already" if effect is Effect.RESTART else "")


def _started_with(bundle: Mapping[str, Any]) -> list[Any]:
    identity: Mapping[str, Any] = bundle.get("identity") or {}
    return [
        {key: value for key, value in bundle["unit"].items() if key != "enabled"},
        [unit["name"] for unit in bundle.get("companions") or ()],
        [identity.get(key) for key in ("secret", "spiffeId")],
        bundle.get("certificate"),
        bundle["package"].get("state"),
    ]


def _placed(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """All but where the package comes from, which no machine keeps."""
    return {key: value for key, value in bundle.items() if key != "package"}
