"""Every row of the reachability table of 1.4.10, tried with real traffic, but for what the chart's values make of it.

What the proxies do is by the configuration that the real Pilot was seen to send; machines and Envoys are real.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from meshx.networks.routes import Route
from meshx.reachability.callers import PODS
from meshx.reachability.destinations import ANY_SERVICE
from meshx.reachability.rows import rows
from sandbox import machines
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.pod_sidecar import pod_sidecar
from tests.e2e.classic.stand_ins.tls_server import ADDRESS, TlsServer
from tests.e2e.classic.workload_objects import FAR, NEAR, VMHTTP, workload
from tests.e2e.reachability.bare_pods import BARE, OUTSIDE, bare_pod
from tests.e2e.reachability.predictions import classic_predicted, configuration, kept_rows
from tests.e2e.reachability.trials import Fact, Trial, expected, trials, tried
from tests.e2e.stack.mesh_project import MeshProject

SETTLING_SECONDS = 30.0
KEPT_OUT_PORT = 9100
"""A port of the machines that is none of their workload's."""
OWN_NAME = f"{VMHTTP}.svc.cluster.local"


@pytest.fixture(scope="module")
def project(
    bare_services: None,
    citadel: Citadel,
    discovery: TlsServer,
    new_project: MeshProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MeshProject]:
    """The stack, not up yet; destroyed in the end whatever happened."""
    package = build("1.4.10", tmp_path_factory.mktemp("package"))

    def configure(config: dict[str, Any]) -> None:
        config["mesh"]["values"] = {"istio": {"standIns": {"address": ADDRESS}}}
        config["sidecar"] = {"file": str(package)}
        config["exposed"] = [{"service": "httpbin", "namespace": "bar", "port": 8000}]

    new_project.configure(configure)
    with bare_pod(), pod_sidecar(citadel.authority, "bar", "httpbin", 8000):
        yield new_project
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def called(trial: Trial, by_sidecar: str) -> Trial:
    """A row's trial as this line has it: root's calls on a machine go past the proxy, a pod's sidecar is asked by a URL
    of its own, and any service is one that is not exposed."""
    if trial.connection.destination.host == ANY_SERVICE:
        trial = replace(trial, host=f"{BARE}.{OUTSIDE}.svc.cluster.local", port=80)
    if trial.caller in (NEAR, FAR):

        def on_machine(words: Sequence[str]) -> str:
            return machines.execute(trial.caller, ["echo-http", *words], user=machines.ADMINISTRATOR).stdout

        return replace(trial, run=on_machine)
    if trial.connection.caller.label == PODS and trial.host == OWN_NAME:
        own = f"http://{trial.host}:{trial.port}/"
        return replace(trial, run=lambda words: trial.run([by_sidecar if word == own else word for word in words]))
    return trial


def comparable(trial: Trial, fact: Fact) -> Fact:
    """Without the address that it was sent to, where the stand-in for Pilot gives no cluster of the service's name."""
    by_gateway = any(leg.route is Route.GATEWAY for leg in trial.connection.legs) and trial.connection.captured
    return fact if by_gateway else replace(fact, sent=frozenset())


def settled(trial: Trial, wanted: Fact) -> Fact:
    """What comes of a row's calls: as wanted within some seconds, or the last there was."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (found := comparable(trial, tried(trial))) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


OUT = {"excludeOutboundPorts": [8080], "excludeInboundPorts": [KEPT_OUT_PORT]}


@pytest.mark.parametrize(
    ("far", "out"),
    [(False, {}), (True, {}), (True, OUT)],
    ids=["near machines only", "near and far", "near and far, with calls and a port that stay out of the mesh"],
)
def test_every_row_is_as_predicted(
    project: MeshProject, vmhttp: str, far: bool, out: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    project.configure(lambda config: config.update(workloads=[{**workload(far=far), **out}]))
    project.expect("up", "--yes", "--skip-preview")
    for machine in (NEAR, FAR) if far else (NEAR,):
        # The stand-in for Pilot is asked for names when a proxy starts, and not later on.
        machines.execute(machine, ["systemctl", "restart", "istio"])
    for machine in (NEAR, FAR) if out else ():
        machines.execute(machine, ["systemd-run", "--unit=beside", "echo-http", "serve", f":{KEPT_OUT_PORT}"])
        request.addfinalizer(lambda machine=machine: machines.execute(machine, ["systemctl", "stop", "beside"]))
    connections = classic_predicted(project)
    assert rows(connections) == kept_rows(project), "the program's table is another"
    gateway = project.outputs()["controlPlane"]["gatewayAddress"]
    made = [called(trial, vmhttp) for one in connections for trial in trials(one, configuration(project))]
    wanted = {trial.title: comparable(trial, expected(trial, gateway)) for trial in made}
    assert len(wanted) == len(made), "two trials of one title"
    found = {trial.title: settled(trial, wanted[trial.title]) for trial in made}
    differing = {title: (fact, wanted[title]) for title, fact in found.items() if fact != wanted[title]}
    assert not differing, "\n".join(
        f"{title}:\n    found    {fact}\n    expected {said}" for title, (fact, said) in differing.items()
    )
    reached = sum(fact.answered for fact in wanted.values())
    print(f"{len(wanted)} pairs: {reached} reached, {len(wanted) - reached} not, all as predicted")
    assert reached and reached < len(wanted)
