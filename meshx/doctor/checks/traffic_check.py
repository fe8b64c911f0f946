"""Traffic both ways: a call from the machine through its proxy, and whether istiod sends callers to it."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.doctor.machine_view import MachineView
from meshx.doctor.symptoms import Answer, Call

_OUT = "calls from it"
_IN = "calls to it"
_SERVER_ERROR = 500


def check_calls_from_it(view: MachineView) -> Iterator[Finding]:
    """A service of the mesh must answer a call through the proxy."""
    call, answer = view.questions.call, view.symptoms.answer
    if call is None or answer is None:
        yield note(_OUT, "not tried: from its network only services with a sidecar and HTTP can be called for a trial")
    else:
        yield judged_call(call, answer)


def judged_call(call: Call, answer: Answer) -> Finding:
    """Judge the result of a trial call."""
    if answer.status == 0:
        return fault(
            _OUT,
            f"{call.url} is not answered{': ' + answer.error if answer.error else ''}",
            "names or packet rules do not lead to the proxy, or the proxy has no way there",
            "see to the other faults first; otherwise let the machine reach the pods' addresses on its network",
        )
    if answer.server != "envoy":
        return fault(
            _OUT,
            f"{call.url} answers {answer.status}, but past the proxy",
            "the packet rules do not capture what leaves the machine",
            "see the packet rules. With Istio 1.1 to 1.4 calls as root or istio-proxy go past the proxy by intent",
        )
    if answer.status >= _SERVER_ERROR:
        return fault(
            _OUT,
            f"{call.url} answers {answer.status} by the proxy",
            "the proxy reaches no endpoint: a firewall between the machine and the pods, or all of them are unhealthy",
            "let the machine reach the pods' addresses on its network, or give it a network of its own",
        )
    return fine(_OUT, f"{call.url} answers {answer.status} by the proxy")


def check_calls_to_it(view: MachineView) -> Iterator[Finding]:
    """istiod sends callers to a machine whose probe succeeds."""
    entry = view.entry
    if view.wanted.workload_entry is None:
        return
    if view.entry_unknown:
        yield unknown(_IN, view.entry_unknown)
    elif entry is None:
        yield fault(_IN, "nobody finds it", "its WorkloadEntry is not there", "see istiod's view")
    elif not entry.health.checked:
        yield note(_IN, "it has no probe: callers are sent to it whether it answers or not")
    elif entry.health.healthy:
        yield fine(_IN, "its probe succeeds, and callers are sent to it")
    else:
        yield fault(
            _IN,
            f"nobody is sent to it: {entry.health.message or 'istiod has no word of its health'}",
            "its probe fails, or the machine is leaving",
            "see that its program answers the workload's `probe` on the machine, or correct `probe`",
        )
