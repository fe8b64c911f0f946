"""Calls of a machine that is about to be refused, each with its time, and the policies that refuse it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kubernetes import client

from sandbox import traffic
from sandbox.kubernetes import cluster
from sandbox.traffic.calls import Answer
from tests.e2e.stack.loops import repeated
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import HTTPBIN

POLICIES = ("security.istio.io", "v1", "authorizationpolicies")
REFUSED = 403
"""What a proxy answers to whom a policy denies (istio.io, AuthorizationPolicy)."""


@dataclass
class TimedCalls:
    """A machine's calls to a pod, with the time of each answer in seconds since 1970."""

    answers: list[tuple[float, Answer]] = field(default_factory=list)

    def last_success(self) -> float:
        """When the last call succeeded."""
        return max(when for when, answer in self.answers if answer.succeeded)

    def statuses_since(self, moment: float) -> set[int]:
        """The statuses of all calls after a moment."""
        return {answer.status for when, answer in self.answers if when > moment}


@contextmanager
def timed_calls(machine: str) -> Iterator[TimedCalls]:
    """Call a pod from a machine until the block ends."""
    calls = TimedCalls()

    def call() -> None:
        (answer,) = traffic.from_machine(machine, HTTPBIN)
        calls.answers.append((time.time(), answer))

    with repeated(call):
        yield calls


def policies() -> dict[str, Any]:
    """The AuthorizationPolicies of the root namespace by name."""
    group, version, plural = POLICIES
    found: Any = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        group, version, "istio-system", plural
    )
    return {one["metadata"]["name"]: one for one in found["items"]}


def made_at(name: str) -> float:
    """When a policy was made, in seconds since 1970."""
    stamp = policies()[name]["metadata"]["creationTimestamp"]
    return time.mktime(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def unprotect(project: MeshProject) -> None:
    """Let the stack's destroy take what keeps revoked identities out, as the runbook says."""
    for resource in project.state():
        if resource.get("protect"):
            project.pulumi("state", "unprotect", "--yes", str(resource["urn"]))
