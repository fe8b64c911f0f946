"""Traffic of a machine of the classic line: its direct connections to services' endpoints, and a call by its proxy."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.checks.traffic_check import judged_call
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.finding import Finding, fault, fine, note

_ENDPOINTS = "endpoints"
_OUT = "calls from it"


def check_endpoints(view: ClassicMachineView) -> Iterator[Finding]:
    """A machine on the cluster's network must reach what `kubectl get endpoints` names first."""
    for (address, port), service in view.questions.endpoints.items():
        why_not = view.symptoms.ways[address, port]
        place = f"{address} port {port} of {service}"
        if not why_not:
            yield fine(_ENDPOINTS, f"{place} is reached")
            continue
        namespace, _, name = service.partition("/")
        yield fault(
            _ENDPOINTS,
            f"{place} is not reached from the machine: {why_not}",
            "there is no route from the machine to the pods, or a firewall in between, or the pod is gone",
            f"`kubectl -n {namespace} get endpoints {name}`, and let the machine reach these addresses; if it must "
            "not, give it another `network`: then it uses the gateway",
        )


def check_call(view: ClassicMachineView) -> Iterator[Finding]:
    """A service of the cluster must answer a call through the proxy; not root's, whose calls bypass it."""
    call, answer = view.questions.call, view.symptoms.answer
    if call is None or answer is None:
        yield note(_OUT, "not tried: it knows no service by meshx:exposed that speaks HTTP")
        return
    yield judged_call(call, answer)
    yield note(_OUT, f"tried as {view.questions.caller}: what root and istio-proxy send goes past the proxy, by intent")
