"""The proof at the end of `make up`: calls both ways between the VMs and the cluster's pods, and who saw whom."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.table import Table

from sandbox import traffic
from sandbox.builds import host
from sandbox.supervision.supervisor import PartError
from sandbox.traffic import services
from sandbox.traffic.calls import Answer

SETTLE_SECONDS = 30.0
"""How long a call may fail at first: proxies hear of new pods one by one."""


@dataclass(frozen=True)
class Call:
    """One call of the proof: caller, destination, protocol, and the identity that the other side must see."""

    caller: str
    url: str
    make: Callable[[str], list[Answer]]
    identity: str


OF_MACHINES, OF_SLEEP = "spiffe://cluster.local/ns/vm/sa/vmhttp", "spiffe://cluster.local/ns/bar/sa/sleep"
CALLS = (
    *(
        Call(f"VM {name} ({network})", url, partial(traffic.from_machine, name), OF_MACHINES)
        for name, network in (("vm-1", "network1"), ("vm-2", "network2"))
        for url in ("http://httpbin.bar.svc.cluster.local:8000/", "http://httpbin.bar.global:8000/")
    ),
    *(
        Call("pod sleep", f"http://{of}vmhttp.vm.svc.cluster.local:8080/", partial(traffic.from_pod, "sleep"), OF_SLEEP)
        for of in ("", "vm-1.", "vm-2.")
    ),
)


def prove() -> int:
    """Make the calls and print the results; returns 0 if all got an answer and the right identity was seen."""
    services.apply()
    services.restart_uninjected()
    table = Table(title="Traffic through the mesh", title_justify="left")
    for column in ("from", "to", "status", "server", "answered by", "identity that the other side saw"):
        table.add_column(column, overflow="fold")
    failures: list[str] = []
    for call in CALLS:
        answer = _settled(call)
        table.add_row(
            call.caller, call.url, str(answer.status), answer.server, answer.host, answer.caller or answer.error
        )
        if not _proves(call, answer):
            found = f"status {answer.status}, identity {answer.caller or 'none'} {answer.error}"
            failures.append(f"{call.caller} -> {call.url}: {found}; expected 200 and {call.identity}")
    Console(width=160 if not sys.stdout.isatty() else None).print(table)
    for failure in failures:
        sys.stderr.write(f"not proved: {failure}\n")
    return 1 if failures else 0


def _proves(call: Call, answer: Answer) -> bool:
    return answer.succeeded and answer.caller == call.identity


def _settled(call: Call) -> Answer:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        answer = call.make(call.url)[0]
        if _proves(call, answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.5)


def main() -> int:
    """Prove it; returns the exit code."""
    if missing := host.what_is_missing():
        sys.stderr.write(f"{missing}\n")
        return 1
    try:
        return prove()
    except PartError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
