"""What the tests of adoption say of a stack and prove of a machine in common."""

from __future__ import annotations

from typing import Any

from sandbox import traffic
from tests.e2e.adoption import charts
from tests.e2e.stack.settling import settled

IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
POD_IDENTITY = "spiffe://cluster.local/ns/bar/sa/sleep"
HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"


def adopting(config: dict[str, Any]) -> None:
    """Let the dev stack adopt their control plane and their gateway."""
    config["mesh"] = {
        "istioVersion": "1.31",
        "revision": charts.REVISION,
        "install": {"controlPlane": False, "gateway": False},
        "gateway": {"name": charts.GATEWAY, "namespace": charts.GATEWAY_NAMESPACE},
    }


def check_calls_both_ways(machine: str) -> None:
    """The machine calls a pod and a pod calls the machine, by mutual TLS, each seen as who it is."""
    answer = settled(lambda: traffic.from_machine(machine, HTTPBIN)[0])
    assert (answer.status, answer.server, answer.caller) == (200, "envoy", IDENTITY), answer
    answer = settled(lambda: traffic.from_pod("sleep", f"http://{machine}.vmhttp.vm.svc.cluster.local:8080/")[0])
    assert (answer.status, answer.server, answer.host, answer.caller) == (200, "envoy", machine, POD_IDENTITY), answer
