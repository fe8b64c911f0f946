"""A stack with both of the sandbox's machines in one workload, and calls both ways while something is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox import traffic
from tests.e2e.stack.steady_calls import SteadyCalls, steady

HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
BATCH = 20
EVERY = "50ms"


def second_machine() -> dict[str, Any]:
    """The configuration of vm-3, as the dev stack has vm-1's."""
    key = ".sandbox/machines/vm-3/ssh_host_ed25519_key.pub"
    return {"name": "vm-3", "address": "10.77.0.13", "ssh": {"hostKeyFile": key}}


def two_machines(config: dict[str, Any]) -> None:
    """Add vm-3 to the dev stack's workload."""
    config["workloads"][0]["machines"].append(second_machine())


@dataclass(frozen=True)
class BothWays:
    """The calls of a pod to the machines' service, and those of vm-1 to a pod's."""

    to_machines: SteadyCalls
    to_pods: SteadyCalls

    def summary(self) -> str:
        """The counts of both."""
        return f"to machines {self.to_machines.summary()}; to pods {self.to_pods.summary()}"

    def none_failed(self) -> bool:
        """Whether there were calls both ways and every one was answered."""
        both = (self.to_machines, self.to_pods)
        return all(calls.answers and not calls.failed for calls in both)


@contextmanager
def calls_both_ways(what: str) -> Iterator[BothWays]:
    """Call both ways until the block ends, then print the counts; whole only after the block."""
    with (
        steady(lambda: traffic.from_pod("sleep", VMHTTP, BATCH, EVERY)) as to_machines,
        steady(lambda: traffic.from_machine("vm-1", HTTPBIN, BATCH, EVERY)) as to_pods,
    ):
        both = BothWays(to_machines, to_pods)
        yield both
    print(f"{what}: {both.summary()}")
