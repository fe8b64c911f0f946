"""A stack that is followed through kills and restarts, and what has to be true after each."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox import traffic
from sandbox.traffic import services
from tests.e2e.recovery.watched_run import START, WatchedRun
from tests.e2e.stack import cluster_listing, machine_listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.pulumi_cli import Ran

HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
MACHINE = "vm-1"

UP = ("up", "--yes", "--skip-preview")
DESTROY = ("destroy", "--yes", "--skip-preview")
THE_WORKLOAD = ("--target", "urn:pulumi:dev::meshx::meshx:index:Mesh$meshx:index:Workload**")
PHASES = {
    "base": "Release istio-base",
    "istiod": "Release istiod",
    "gateway": "Release istio-eastwestgateway",
    "entry": "WorkloadEntry vm-1",
    "join": "Join vm-1",
    "namespace": "Namespace istio-system",
    "remains": "ChartRemains chart-remains",
}
HELM_WAS_THROUGH = "release: not found"
LATEST = 0.9
"""How much of a phase's known length a kill may wait for: it has to come before the phase's end."""
UNKNOWN_SECONDS = 1.0
SETTLE_SECONDS = 40.0
PASSING = ("pods ", "replicasets.apps ", "controllerrevisions.apps ")
"""What the cluster's own controllers make and remove in their own time."""


@dataclass
class Story:
    """The stack, the machine and the cluster before it, how long its phases take, and which of its runs were killed."""

    project: MeshProject
    chance: random.Random
    machine: list[str] | dict[str, list[str]] = field(default_factory=lambda: machine_listing.listing(MACHINE))
    cluster: set[str] = field(default_factory=set)
    lengths: dict[tuple[str, str], float] = field(default_factory=dict)
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)

    def watched(self, words: tuple[str, ...]) -> None:
        """Run `pulumi` to its end, and remember how long its phases took."""
        run = WatchedRun(self.project, words, PHASES)
        assert run.end() == 0, run.text
        for phase, length in run.lengths().items():
            self.lengths[words[0], phase] = length
        print(f"{words[0]} lasts:", ", ".join(f"{phase} {length:.1f} s" for phase, length in run.lengths().items()))

    def killed(self, words: tuple[str, ...], phase: str) -> None:
        """Run `pulumi`, kill it at a random moment of a phase, and have its lock given up.

        A run that is through before the moment comes counts as none.
        """
        length = self.lengths.get((words[0], phase), UNKNOWN_SECONDS)
        moment = self.chance.uniform(0, LATEST * length)
        run = WatchedRun(self.project, words, PHASES)
        assert run.wait_for(phase), f"{phase} did not come:\n{run.text}"
        in_time = run.kill_after(moment)
        print(f"{words[0]} killed {moment:.2f} s into {phase} (of {length:.1f} s){'' if in_time else ': too late'}")
        self.kills[words[0], phase] += in_time
        self.project.unlock()

    def destroyed(self, *words: str) -> Ran:
        """Destroy, with the look at everything first where docs/recovery.md asks for it."""
        ran = self.project.pulumi(*DESTROY, *words)
        if ran.code != 0 and HELM_WAS_THROUGH in ran.text:
            print("Helm was through and the state had not heard of it")
            ran = self.looking().pulumi(*DESTROY, *words)
        assert ran.code == 0, ran.text
        return ran

    def looking(self) -> MeshProject:
        """The stack in a shell where every run looks at everything first."""
        return replace(self.project, environment={**self.project.environment, "PULUMI_OPTION_REFRESH": "true"})

    def check_up(self) -> None:
        """Traffic passes both ways, and one more run changes nothing."""
        services.apply()
        services.restart_uninjected()
        for call in (lambda: traffic.from_machine(MACHINE, HTTPBIN), lambda: traffic.from_pod("sleep", VMHTTP)):
            answer = _settled(call)
            assert (answer.status, answer.server) == (200, "envoy"), answer
        again = self.project.expect(*UP, "--expect-no-changes")
        assert set(again.changes()) <= {"unchanged"}, again.text

    def check_left(self) -> None:
        """The machine is as it was before it joined, and none of the workload's objects is in the cluster."""
        assert machine_listing.listing(MACHINE) == self.machine
        assert not [name for name in objects() if name.partition(" ")[2].startswith(("vm/vmhttp", "vm/vm-1"))]

    def check_destroyed(self) -> None:
        """Nothing is left in the state, on the machine or in the cluster, but what a plain life leaves."""
        assert not self.project.state()
        self.check_left()
        left = objects() - self.cluster
        assert not left, sorted(left)

    def told(self) -> str:
        """The kills by phase."""
        return ", ".join(f"{command} in {phase}: {count}" for (command, phase), count in sorted(self.kills.items()))

    def count(self, command: str) -> int:
        """How many runs of a command were killed."""
        return sum(count for (killed, _), count in self.kills.items() if killed == command)


def objects() -> set[str]:
    """The cluster's objects by name."""
    return {name for name in cluster_listing.listing() if not name.startswith(PASSING)}


def _settled(call: Callable[[], list[traffic.Answer]]) -> traffic.Answer:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        answer = call()[0]
        if answer.succeeded or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)


__all__ = ["DESTROY", "HELM_WAS_THROUGH", "PHASES", "START", "THE_WORKLOAD", "UP", "Story", "objects"]
