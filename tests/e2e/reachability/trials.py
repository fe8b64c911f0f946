"""A row tried with real traffic: who answered, where the caller's proxy sent it, and whom the other side saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meshx.config.stack import StackConfiguration
from meshx.istio.identities import spiffe_id
from meshx.networks.routes import Route, Tls
from meshx.reachability.callers import BARE_PODS, PODS
from meshx.reachability.connections import Connection
from meshx.reachability.destinations import ANY_SERVICE, MANY, NameSource
from sandbox import machines
from sandbox.kubernetes import pods
from sandbox.supervision.supervisor import PartError
from sandbox.traffic.calls import Answer, answers
from tests.e2e.networks.upstreams import LINE
from tests.e2e.reachability.bare_pods import BARE, OUTSIDE

CALLS_PER_ENDPOINT = 8
SECONDS = "2s"
UNKNOWN_PORT = 8080
"""Called where a name has no port, since nobody serves there."""
POD_IDENTITY = "spiffe://cluster.local/ns/bar/sa/sleep"
SERVICES = {True: ("httpbin", "bar", 8000), False: (BARE, OUTSIDE, 80)}
"""A service of the sandbox that stands for any, by whether its pods have a sidecar: name, namespace, port."""

Run = Callable[[Sequence[str]], str]
"""Runs words of the sandbox's HTTP client where a caller is; what it printed."""


@dataclass(frozen=True)
class Fact:
    """What came of a row's calls, or what the model says will come.

    hosts: who answered. sent: the addresses that the caller's proxy sent them to. identities: those of the caller that
    the other side saw, an empty text in plain; all three are empty where calls fail.
    """

    answered: bool
    hosts: frozenset[str] = frozenset()
    sent: frozenset[str] = frozenset()
    identities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trial:
    """A row between one caller and one name of those that it stands for."""

    connection: Connection
    caller: str
    host: str
    port: int
    identity: str
    run: Run

    @property
    def title(self) -> str:
        """Which row it is of, and who calls what: a service of its own row may stand for any as well."""
        return f"{self.connection.key}: {self.caller} -> {self.host}:{self.port}"


def trials(connection: Connection, stack: StackConfiguration) -> Iterator[Trial]:
    """The row's trials: by each of its callers, of each of its names."""
    own = {machine.name: machine.address for machine in stack.machines}
    for host, port in _names(connection):
        for caller, identity, run in _callers(connection, stack):
            # What a machine sends to itself leaves it by no way.
            if own.get(caller) != host:
                yield Trial(connection, caller, host, port, identity, run)


def expected(trial: Trial, gateway: str) -> Fact:
    """What the model says. gateway: the gateway's address."""
    one = trial.connection
    if one.obstacle is not None:
        return Fact(answered=False)
    if one.destination.name_source is NameSource.CONTROL_PLANE:
        return Fact(answered=True)
    hosts, sent = set[str](), set[str]()
    for leg in one.legs:
        found = _serving(trial, leg.endpoint.addresses)
        hosts |= found.keys()
        if not one.captured or one.destination.name_source is NameSource.ADDRESS:
            continue
        sent |= {f"{gateway}:15443"} if leg.route is Route.GATEWAY else set(found.values())
    mutual = all(leg.tls is Tls.MUTUAL for leg in one.legs)
    seen = {trial.identity if mutual and _says_who(trial) else ""}
    return Fact(True, frozenset(hosts), frozenset(sent), frozenset(seen))


def _says_who(trial: Trial) -> bool:
    """Whether the proxy of whoever serves tells it, which it does of HTTP alone.

    All ports of httpbin's Service lead to one port of its pods, which is of HTTP for the first of them.
    """
    return trial.connection.destination.by_name or trial.host.partition(".")[0] == SERVICES[True][0]


def tried(trial: Trial) -> Fact:
    """What comes of real calls: as many as show every endpoint."""
    if trial.connection.destination.name_source is NameSource.CONTROL_PLANE:
        return Fact(answered=_connects(trial))
    before = _sent(trial)
    count = CALLS_PER_ENDPOINT * sum(len(leg.endpoint.addresses) or 1 for leg in trial.connection.legs) or 1
    # One by itself: of those that are not answered each takes its whole time.
    made = _call(trial, 1)
    if made[0].succeeded:
        made += _call(trial, count)
    if not all(one.succeeded for one in made):
        return Fact(answered=False)
    after = _sent(trial)
    return Fact(
        answered=True,
        hosts=frozenset(one.host for one in made),
        sent=frozenset(address for address, number in after.items() if number > before.get(address, 0)),
        identities=frozenset(one.caller for one in made),
    )


def _names(connection: Connection) -> Iterator[tuple[str, int]]:
    destination = connection.destination
    if destination.name_source is NameSource.ADDRESS:
        for leg in connection.legs:
            for _, address in leg.endpoint.addresses:
                host, _, port = address.partition(":")
                yield host, int(port)
    elif destination.host == ANY_SERVICE:
        name, namespace, port = SERVICES[destination.endpoints[0].mutual_tls]
        yield f"{name}.{namespace}.svc.cluster.local", port
    elif MANY in destination.host:
        yield from ((destination.host.replace(MANY, name), destination.port) for name in destination.machines)
    else:
        yield destination.host, destination.port or UNKNOWN_PORT


def _callers(connection: Connection, stack: StackConfiguration) -> Iterator[tuple[str, str, Run]]:
    label = connection.caller.label
    if label == PODS:
        yield "pod sleep", POD_IDENTITY, _in_pod("bar", "app=sleep", "sleep", "echo")
    elif label == BARE_PODS:
        yield "pod bare", "", _in_pod(OUTSIDE, f"app={BARE}", BARE, "echo")
    identities = {
        machine.name: spiffe_id(stack.mesh.trust_domain, machine.workload.namespace, machine.workload.account)
        for machine in stack.machines
    }
    for name in connection.caller.machines:
        yield name, identities[name], lambda words, name=name: _on_machine(name, words)


def _on_machine(name: str, words: Sequence[str]) -> str:
    return machines.execute(name, ["echo-http", *words]).stdout


def _in_pod(namespace: str, selector: str, container: str, program: str) -> Run:
    def run(words: Sequence[str]) -> str:
        (pod,) = pods.list_pods(namespace, selector)
        return pods.execute(namespace, pod.metadata.name, [program, *words], container=container).stdout

    return run


def _call(trial: Trial, count: int) -> list[Answer]:
    url = f"http://{trial.host}:{trial.port}/"
    return answers(trial.run(["call", "-n", str(count), "-timeout", SECONDS, url]), "")


def _connects(trial: Trial) -> bool:
    """By the user whose connections the machine's proxy does not take, as the agent's are not."""
    connect = f"timeout 5 bash -c '</dev/tcp/{trial.host}/{trial.port}' 2>/dev/null"
    return machines.execute(trial.caller, ["runuser", "-u", "istio-proxy", "--", "bash", "-c", connect]).returncode == 0


def _serving(trial: Trial, addresses: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The addresses of those who serve, by host name."""
    if trial.connection.destination.name_source is NameSource.ADDRESS:
        return {name: address for name, address in addresses if address == f"{trial.host}:{trial.port}"}
    if addresses:
        wanted = {name for name, _ in addresses if MANY not in trial.connection.destination.host or name in trial.host}
        return {name: address for name, address in addresses if name in wanted}
    service, namespace = trial.host.split(".")[:2]
    listening = pods.list_pods(namespace, f"app={service}")
    return {pod.metadata.name: f"{pod.status.pod_ip}:8080" for pod in listening}


def _sent(trial: Trial) -> dict[str, int]:
    """The requests that the caller's proxy has sent to the name, or to what stands in its place, by address."""
    near = trial.connection.destination.near
    hosts = {trial.host, near.host if near else trial.host}
    try:
        (line,) = trial.run(["call", "http://127.0.0.1:15000/clusters"]).splitlines()
    except (PartError, ValueError):
        return {}
    counts: dict[str, int] = {}
    for found in LINE.finditer(str(json.loads(line)["body"])):
        if found["host"] in hosts and int(found["port"]) == trial.port:
            counts[found["address"]] = counts.get(found["address"], 0) + int(found["count"])
    return counts
