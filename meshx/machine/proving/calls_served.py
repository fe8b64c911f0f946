"""How calls through a machine's sidecar fare, and whether they fare worse than before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.machine.delivery import Delivery
from meshx.machine.observation import read_facts

FEW_ERRORS = 5
"""So many failed requests may be chance, whatever their share."""
SHARE_OF_ERRORS = 0.05
"""By so much the share of failed requests may be greater than before."""


@dataclass(frozen=True)
class Serving:
    """The answers to calls by what they are ("call.from.<address>", "call.to.<port>"): an HTTP status, "open", or "".

    ``requests``, ``errors``: those that the proxy counted since its start. ``noted``: the machine was not asked now; it
    noted this before its last change. ``probe_fails``: as istiod said at that time.
    """

    calls: Mapping[str, str] = field(default_factory=dict[str, str])
    requests: int = 0
    errors: int = 0
    noted: bool = False
    probe_fails: bool = False

    @property
    def share(self) -> float:
        """The share of failed requests."""
        return self.errors / self.requests if self.requests else 0.0


BEFORE_A_TRIAL, BEFORE_A_PAUSE = "armed", "former"
"""How the machine served before a change, if one is on trial, or if one has to hold; else how it serves."""


def serving_delivery(unit: str, calls: Mapping[str, str], before: str = "") -> Delivery:
    """Return the delivery that makes these calls (meshx/join/asked_calls.py), of a machine with that sidecar's unit.

    before: BEFORE_A_TRIAL or BEFORE_A_PAUSE; "": how it serves now.
    """
    return Delivery("way_back/serving.sh", {"unit": unit, **calls, **({"before": f"{before}\n"} if before else {})})


def read_serving(printed: str) -> Serving:
    """Return what serving.sh printed; ValueError if it printed something else."""
    facts = {key: value.decode("utf-8", "replace").strip() for key, value in read_facts(printed).items()}
    requests, errors = facts.get("requests", "0 0").split()
    calls = {key: value for key, value in facts.items() if key.startswith("call.")}
    return Serving(calls, int(requests), int(errors), noted="of-before" in facts)


def worse(before: Serving, now: Serving) -> str:
    """Return in words what fares worse than before, "" for nothing. What was not answered before says nothing, nor does
    a call that is not made any more; of a sidecar that does not run none is.
    """
    for call, answer in before.calls.items():
        if now.calls and call not in now.calls:
            continue
        if _answered(answer) and not _answered(now.calls.get(call, "")):
            place = call.split(".", 2)[2]
            whose = f"a call from it to {place}" if call.startswith("call.from.") else f"a call to its port {place}"
            return f"{whose} was answered before ({answer}) and is not now ({now.calls.get(call) or 'no answer'})"
    if now.errors > FEW_ERRORS and now.share > before.share + SHARE_OF_ERRORS:
        return (
            f"{now.errors} of {now.requests} requests through its proxy failed since its start "
            f"({now.share:.0%}; before {before.share:.0%})"
        )
    return ""


def _answered(answer: str) -> bool:
    return answer == "open" or (answer.isdigit() and int(answer) < 500)  # noqa: PLR2004 - HTTP's server errors
