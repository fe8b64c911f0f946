"""One machine: what it should be, what it is, what it can do, and what istiod has of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.config.resolved import Machine
from meshx.doctor.cluster_view import Entry
from meshx.doctor.proxy_ports import SIDECAR_PORTS
from meshx.doctor.symptoms import Questions, Symptoms, diagnose_delivery, read_symptoms
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.machine.drift import found_bundle
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.machine_errors import ScriptError
from meshx.machine.observation import Observation, observe_delivery, read_observation
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session

LOOK_SECONDS = 60.0


@dataclass(frozen=True)
class MachineView:
    """What the checks judge.

    entry: None if there is no WorkloadEntry; entry_unknown: why meshx did not look at it, "" if it did.
    control_plane: what configures the proxy. signer: who signs its certificate. sidecar_ports: those that the proxy
    listens on. programs: the proxy's process and those beside it.
    """

    machine: Machine
    wanted: JoinInputs
    questions: Questions
    seen: Observation
    symptoms: Symptoms
    entry: Entry | None = None
    entry_unknown: str = ""
    control_plane: str = "istiod"
    signer: str = "istiod"
    sidecar_ports: Sequence[int] = SIDECAR_PORTS
    programs: Sequence[str] = ("pilot-agent", "envoy")

    @property
    def found(self) -> Mapping[str, Any]:
        """The bundle as the machine has it, in a refresh's words."""
        return found_bundle(self.wanted, self.seen)

    @property
    def root_is_known(self) -> bool:
        """Whether the cluster told its root certificate."""
        return ROOT_CERTIFICATE in self.wanted.bundle["files"]


async def look_at_machine(
    wanted: JoinInputs, key: PrivateKey, questions: Questions, warnings: list[str]
) -> tuple[Observation, Symptoms]:
    """Return what a machine has and what it can do, over one session; MachineError."""
    async with open_session(wanted.machine, wanted.connection, key, warnings.append) as session:
        observed = await session.run(observe_delivery(wanted, with_log=True), LOOK_SECONDS)
        tried = await session.run(diagnose_delivery(questions), LOOK_SECONDS)
    try:
        return read_observation(wanted, observed), read_symptoms(questions, tried)
    except (ValueError, KeyError) as error:
        raise ScriptError(
            f"{wanted.machine}: the machine's answer makes no sense ({error}): a login script there may print "
            "something; it must be silent for sessions without a terminal"
        ) from None
