"""The instance of the tests that have one: its place in the cloud, commands on it, calls from it and to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from sandbox import machines, traffic
from sandbox.gce import instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.traffic import services
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject

NAME, ADDRESS = "gce-1", "10.77.0.41"
PATH = instances.instance_name(PROJECT, ZONES[0], NAME)
MACHINE: dict[str, Any] = {"name": NAME, "address": ADDRESS, "gce": {"startup": "start-echo.sh"}}
HTTPBIN = "http://httpbin.bar.svc.cluster.local:8000/"
VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
OF_INSTANCE = "spiffe://cluster.local/ns/vm/sa/vmhttp"
TOKEN, CERTIFICATE, KEY = "/var/run/secrets/tokens/istio-token", "/etc/certs/cert-chain.pem", "/etc/certs/key.pem"
METADATA = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
WAIT_SECONDS = 90


def bring_up(project: MeshProject, mirror: Mirror, **also: dict[str, Any]) -> None:
    """Make the stack of this instance, with parts of its configuration as in `also`, and wait until calls pass."""
    project.configure(instances_in_place(mirror, project.folder, machines=[MACHINE]))
    project.configure(lambda config: config.update(also))
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    calls_succeed()


def on_instance(*command: str, text: str = "") -> str:
    """What a command on it prints; it has to succeed. text: the command's standard input."""
    done = machines.execute(NAME, command, text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def access_token() -> str:
    """What the metadata server gives the instance to show who it is."""
    return str(json.loads(on_instance("curl", "-s", "-H", "Metadata-Flavor: Google", METADATA))["access_token"])


def token_answer(namespace: str, account: str, audience: str = "istio-ca") -> tuple[str, str]:
    """The apiserver's answer to the instance's TokenRequest for an account: the status, and the token if one came."""
    spec = {"audiences": [audience], "expirationSeconds": 600}
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    url = f"https://10.78.0.2:6443/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    words = ("curl", "-K", "-", "-sk", "-w", "\n%{http_code}", "-H", "Content-Type: application/json")
    header = f'header = "Authorization: Bearer {access_token()}"'
    # Past the proxy, as the instance's own timer.
    past = ("runuser", "-u", "istio-proxy", "--", *words, "--data", json.dumps(asked), url)
    body, _, status = on_instance(*past, text=header).rpartition("\n")
    return status, json.loads(body).get("status", {}).get("token", "") if status == "201" else ""


def soon(what: str, holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> float:
    """Wait until something is so, and return after how many seconds it was."""
    begun = time.monotonic()
    while not holds():
        past = time.monotonic() - begun
        assert past < seconds, f"still not so: {what}; the console: {instances.serial_port_output(NAME)[-3000:]}"
        time.sleep(0.5)
    return time.monotonic() - begun


def calls_succeed(name: str = NAME) -> None:
    """Both ways, by mutual TLS, within a while: a proxy that has just come learns of others as they learn of it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        (out,), (back,) = traffic.from_machine(name, HTTPBIN), traffic.from_pod("sleep", VMHTTP)
        if out.succeeded and back.succeeded:
            break
        assert time.monotonic() < deadline, (out, back, instances.serial_port_output(name)[-3000:])
        time.sleep(1)
    assert (out.server, out.caller) == ("envoy", OF_INSTANCE)
    assert (back.host, back.server) == (name, "envoy") and back.caller.startswith("spiffe://")
