"""A machine that answers HBONE, called by a pod whose sidecar prefers it: the sandbox has no proxy of a node (ztunnel).

What such a proxy is told of a machine is its entry's label; that istiod reads it is tried by the sidecar's own call.
The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.by_helm import delete_namespace
from tests.e2e.doctor.diagnosis import doctor
from tests.e2e.reachability.bare_pods import bare_pod
from tests.e2e.reachability.comparison import compared
from tests.e2e.stack.conftest import new_project
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

__all__ = ["new_project"]

MACHINE = "vm-1"
SERVICE = "http://vmhttp.vm.svc.cluster.local:8080/"
NAMESPACE = "ambient-shop"
FILTERS = ("networking.istio.io", "v1alpha3", "istio-system", "envoyfilters")


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack whose istiod has the mode; destroyed in the end whatever happened."""
    core = client.CoreV1Api(cluster.api())
    labels = {"istio.io/dataplane-mode": "ambient"}
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE, labels=labels)))
    new_project.configure(_ambient)
    services.apply()
    yield new_project
    with contextlib.suppress(ApiException):
        client.CustomObjectsApi(cluster.api()).delete_namespaced_custom_object(*FILTERS, "plain-envoy")
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")
    delete_namespace(NAMESPACE)


def _ambient(config: dict[str, Any]) -> None:
    environment = config["mesh"]["values"]["istiod"]["env"]
    environment |= {"PILOT_ENABLE_AMBIENT": "true", "PILOT_PREFER_SENDING_HBONE": "true"}


def _connections(port: int) -> int:
    """How many connections to a port of the machine are open."""
    shown = machines.execute(MACHINE, ["ss", "-Htn", "state", "established", f"( sport = :{port} )"])
    assert shown.returncode == 0, shown.stderr
    return len(shown.stdout.splitlines())


def test_the_preview_tells_how_pods_in_ambient_mode_reach_the_machine(project: MeshProject) -> None:
    text = project.expect("preview").text
    assert f"pods in ambient mode, in namespace {NAMESPACE}, reach vm/vmhttp in plain text" in text, text
    assert "pods in ambient mode    vmhttp.vm:8080" in text, text


def test_without_the_key_callers_use_mutual_tls(project: MeshProject) -> None:
    project.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    answer = settled(lambda: traffic.from_pod("sleep", SERVICE)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", MACHINE), answer
    assert _connections(15008) == 0


def test_every_row_of_those_with_a_sidecar_or_none_is_as_predicted(project: MeshProject) -> None:
    with bare_pod():
        reached, missed = compared(project, project.outputs()["controlPlane"]["gatewayAddress"])
    print(f"beside pods in ambient mode: {reached} pairs reached and {missed} not, all as predicted")
    assert reached
    assert missed


def test_with_it_the_machine_answers_hbone(project: MeshProject) -> None:
    plain_envoy = yaml.safe_load(Path(__file__).with_name("plain_envoy.yaml").read_text())
    client.CustomObjectsApi(cluster.api()).create_namespaced_custom_object(*FILTERS, plain_envoy)
    # The agent has a proxy that answers HBONE load an extension of Istio's own Envoy, which the sandbox does not have
    # (istio: pilot/cmd/pilot-agent/options/agent.go and pkg/bootstrap/config.go, MetadataDiscovery).
    settings = "/var/lib/meshx/sidecar/sidecar.env"
    machines.execute(MACHINE, ["sh", "-c", f"echo PEER_METADATA_DISCOVERY=false >> {settings}"])
    project.configure(lambda config: config["workloads"][0].update(tunnel="hbone"))
    project.expect("up", "--yes", "--skip-preview")
    listening = machines.execute(MACHINE, ["ss", "-Hltn", "( sport = :15008 )"]).stdout
    assert listening.strip(), "nobody listens on 15008"
    answer = settled(lambda: traffic.from_pod("sleep", SERVICE)[0])
    assert (answer.status, answer.host) == (200, MACHINE), answer
    print(f"by HBONE: {answer}")
    assert _connections(15008) > 0
    said = doctor(project)
    assert said.code == 0, said.text
    assert "reach vm/vmhttp by HBONE" in said.text
    project.expect("preview", "--refresh", "--expect-no-changes")
