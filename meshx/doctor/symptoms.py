"""What a machine can and can't do, by diagnose.sh, as typed values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from meshx.machine.delivery import Delivery
from meshx.machine.observation import read_facts


@dataclass(frozen=True)
class Call:
    """A request that the machine is to make through its proxy."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The request as a URL."""
        return f"http://{self.host}:{self.port}{self.path}"


@dataclass(frozen=True)
class Answer:
    """The result of a call: the HTTP status (0 if there was none), the header `server`, the system's error."""

    status: int
    server: str
    error: str


@dataclass(frozen=True)
class Questions:
    """Questions for a machine: gateways' addresses with ports, ports, names to look up, and a call (None: none).

    caller: the user who makes the call, "" for the one who asks. endpoints: addresses with ports to which the proxy
    sends directly, each with the service there. authorities: where the agent asks for certificates, if that is not by
    the gateway: addresses or names, with ports. gateway_name: the gateway's host name, "" where it has an address.
    """

    gateways: Sequence[tuple[str, int]]
    ports: Sequence[int]
    names: Sequence[str]
    call: Call | None
    caller: str = ""
    endpoints: Mapping[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    authorities: Sequence[tuple[str, int]] = ()
    gateway_name: str = ""

    @property
    def ways(self) -> list[tuple[str, int]]:
        """All addresses with ports that the machine's proxy and its agent must reach."""
        return [*self.gateways, *self.endpoints, *self.authorities]


@dataclass(frozen=True)
class Symptoms:
    """The answers.

    own_addresses: of its interfaces. own_name: the address of its own name, "" if none.
    processes: the user of each of `pilot-agent` and `envoy` that runs. listeners: the user who listens on each port.
    free: of the file systems that are written to, by mount point, in KiB. logs: what the sidecar's logs take, in KiB.
    gateway_address: of its host name, as the sidecar looks it up, "" none.
    ways: why the machine cannot reach each address on that port, "" if it can. resolved: each name's address, "" none.
    """

    own_addresses: Sequence[str]
    own_name: str
    processes: Mapping[str, str]
    listeners: Mapping[int, str]
    ways: Mapping[tuple[str, int], str]
    resolved: Mapping[str, str]
    answer: Answer | None
    free: Mapping[str, int]
    logs: int
    gateway_address: str = ""


def diagnose_delivery(questions: Questions) -> Delivery:
    """Return the delivery with the questions."""
    call = questions.call
    data = {
        "wanted/ways": _lines(f"{address} {port}" for address, port in questions.ways),
        "wanted/ports": _lines(map(str, questions.ports)),
        "wanted/names": _lines(questions.names),
        "wanted/call": f"{call.host} {call.port} {call.path}\n" if call else "",
        "wanted/caller": questions.caller,
        "wanted/gateway-name": questions.gateway_name,
    }
    return Delivery("diagnose.sh", data)


def read_symptoms(questions: Questions, printed: str) -> Symptoms:
    """Return what diagnose.sh printed for these questions; ValueError if it printed something else."""
    facts = {key: value.decode("utf-8", "replace").strip() for key, value in read_facts(printed).items()}
    if "own-name" not in facts:
        raise ValueError("it has no word of the machine's own name")
    answer = None
    if "call.status" in facts:
        answer = Answer(int(facts["call.status"] or 0), facts["call.server"], facts["call.error"])
    return Symptoms(
        own_addresses=facts["addresses"].split(),
        own_name=facts["own-name"],
        processes={key.removeprefix("process."): value for key, value in facts.items() if key.startswith("process.")},
        listeners={
            int(key.removeprefix("listener.")): value for key, value in facts.items() if key.startswith("listener.")
        },
        ways={way: facts[f"way.{number}"] for number, way in enumerate(questions.ways)},
        resolved={name: facts[f"resolved.{number}"] for number, name in enumerate(questions.names)},
        answer=answer,
        free={mount: int(free) for free, mount in (line.split(" ", 1) for line in facts["space"].splitlines())},
        logs=int(facts["logs"] or 0),
        gateway_address=facts.get("gateway-address", ""),
    )


def _lines(words: Iterable[str]) -> str:
    return "".join(f"{word}\n" for word in words)
