"""One instance in a mesh of Istio 1.4.10: from `pulumi up` to traffic by Citadel's Secret, with no SSH at all.

Citadel and Pilot are stand-ins, the sidecar's package is the tests' own. The tests of this file follow one stack, so
each builds on the one before it.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.classic import classic_charts
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, SYSTEM, single_network
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins import endpoints
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.followed_citadel import FollowedCitadel
from tests.e2e.classic.stand_ins.pilot import pilot
from tests.e2e.classic.stand_ins.pod_sidecar import CALLER, calling_sidecar
from tests.e2e.classic.stand_ins.tls_server import ADDRESS as STAND_INS
from tests.e2e.gce.cloud_project import instances_in_place
from tests.e2e.gce.package_mirror import PACKAGE, Mirror, serving
from tests.e2e.secrets.needles import Needles
from tests.e2e.secrets.places import machine_logs, sandbox_logs, state_places, world_readable
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

VERSION = "1.4.10"
NAME, ADDRESS = "gce-classic", "10.77.0.44"
PATH = instances.instance_name(PROJECT, ZONES[0], NAME)
NAMESPACE, SECRET = "vm", "istio.vmhttp"
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
CHAIN, KEY = "/etc/certs/cert-chain.pem", "/etc/certs/key.pem"
VMHTTP = f"http://{CALLER}.{services.NAMESPACE}:8080/"
"""How a pod's sidecar is had to call the workload."""
API = "https://10.78.0.2:6443/api/v1"
METADATA = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
WAIT_SECONDS = 90


@pytest.fixture(scope="module")
def citadel(sandbox: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Citadel]:
    """Citadel and Pilot, behind the Services of the mesh."""
    folder = tmp_path_factory.mktemp("stand-ins")
    authority = Authority()
    discovery, running = pilot(authority, folder), FollowedCitadel(authority, folder, [NAMESPACE])
    yield running
    running.close()
    discovery.close()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    """A mirror of the tests' package of that line."""
    folder = tmp_path_factory.mktemp("package")
    shutil.move(build(VERSION, folder), folder / PACKAGE)
    with serving(folder) as found:
        yield found


@pytest.fixture(scope="module")
def calling(project: MeshProject) -> Iterator[None]:
    """The sidecar of a pod that calls the workload, wherever Pilot sends it."""
    with endpoints.discovery(), calling_sidecar(services.NAMESPACE, "vmhttp.vm", 8080):
        yield


@pytest.fixture(scope="module")
def stack(citadel: Citadel, package: Mirror, project: MeshProject, calling: None) -> MeshProject:
    """The stack of one instance, not yet up."""
    classic_charts.unpack(project.folder / CHARTS_FOLDER)
    configure(project, package, machines=[{"name": NAME, "address": ADDRESS, "gce": {"startup": "start-echo.sh"}}])
    return project


def configure(project: MeshProject, package: Mirror, **of_workload: Any) -> None:
    """Let the stack have its one workload as instances of a mesh of this line."""
    in_place = instances_in_place(package, project.folder, **of_workload)

    def change(config: dict[str, Any]) -> None:
        in_place(config)
        workloads = config["workloads"]
        single_network(config)
        config["mesh"]["values"] = {"istio": {"standIns": {"address": STAND_INS}}}
        config["workloads"] = [{**one, "createNamespace": True} for one in workloads]

    project.configure(change)


def on_instance(*command: str) -> str:
    done = machines.execute(NAME, command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def httpbin() -> str:
    found = client.CoreV1Api(cluster.api()).read_namespaced_service("httpbin", services.NAMESPACE)
    assert found.spec is not None
    return f"http://{found.spec.cluster_ip}:8000/"


def called_by_a_pod() -> traffic.Answer:
    """The first good answer of the instance's service: nobody is logged in to the instance for it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (answer := traffic.from_pod("sleep", VMHTTP)[0]).succeeded:
        assert time.monotonic() < deadline, (answer, instances.serial_port_output(NAME)[-3000:])
        time.sleep(0.5)
    return answer


def calls_succeed() -> None:
    """Both ways through the proxy, within a while. The instance's as an ordinary user: root goes past it here."""
    deadline, url = time.monotonic() + WAIT_SECONDS, httpbin()
    while True:
        out, back = traffic.from_machine(NAME, url, user=machines.ADMINISTRATOR), traffic.from_pod("sleep", VMHTTP)
        if out[0].succeeded and back[0].succeeded and (out[0].server, back[0].server) == ("envoy", "envoy"):
            break
        assert time.monotonic() < deadline, (out, back, instances.serial_port_output(NAME)[-3000:])
        time.sleep(0.5)
    assert back[0].host == NAME


def console_says(words: str, since: int = 0) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while words not in instances.serial_port_output(NAME)[since:]:
        assert time.monotonic() < deadline, instances.serial_port_output(NAME)[since:]
        time.sleep(0.5)


def access_token() -> str:
    return str(json.loads(on_instance("curl", "-s", "-H", "Metadata-Flavor: Google", METADATA))["access_token"])


def test_a_group_is_refused_by_the_preview_by_its_name(
    project: MeshProject, package: Mirror, stack: MeshProject
) -> None:
    kept = (project.folder / "Pulumi.dev.yaml").read_text()
    project.configure(lambda config: config["workloads"][0].pop("machines"))
    project.configure(lambda config: config["workloads"][0].update(group={"size": 2, "gce": {}}))
    refused = project.pulumi("preview")
    (project.folder / "Pulumi.dev.yaml").write_text(kept)
    assert refused.code != 0
    assert "meshx:workloads[0].group" in refused.text
    assert f"Istio {VERSION} does not register them by itself" in refused.text


def test_an_instance_joins_by_the_secret_of_its_service_account(stack: MeshProject, citadel: Citadel) -> None:
    stack.expect("preview")
    begun = time.monotonic()
    stack.expect("up", "--yes", "--skip-preview")
    made = time.monotonic()
    answer = called_by_a_pod()
    print(f"pulumi up of one instance of {VERSION} on an empty cluster: {made - begun:.1f} s")
    print(f"it answers through its proxy after {time.monotonic() - made:.1f} s more")
    assert (answer.host, answer.server) == (NAME, "envoy")
    accepted = on_instance("sh", "-c", "journalctl -u ssh --no-pager | grep -c Accepted")
    assert int(accepted) == 1, "somebody has logged in beside this very look"
    calls_succeed()
    assert citadel.signing is not None
    assert set(citadel.signing.callers) == {IDENTITY}
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0


def test_both_units_run_and_citadel_renews_what_the_secret_held(stack: MeshProject) -> None:
    assert (
        on_instance("systemctl", "is-active", "istio-auth-node-agent", "istio", "echo-http").split() == ["active"] * 3
    )
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret(SECRET, NAMESPACE)
    assert secret.data is not None
    assert on_instance("base64", "-w0", CHAIN).strip() != secret.data["cert-chain.pem"]
    assert "startup-script exit status 0" in instances.serial_port_output(NAME)


def test_no_secret_is_in_state_metadata_startup_script_console_or_readable_files(stack: MeshProject) -> None:
    needles = Needles()
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret(SECRET, NAMESPACE)
    assert secret.data is not None
    encoded = str(secret.data["key.pem"])
    for what, held in (
        ("the Secret's key as the API server says it", encoded),
        ("the Secret's key", base64.b64decode(encoded).decode()),
        ("the key", on_instance("cat", KEY)),
        ("the access token", access_token()),
    ):
        needles.add(what, held)
    metadata = cloud.get(PATH)["metadata"]
    assert "startup-script" in metadata
    places = {
        **state_places(stack),
        **sandbox_logs(),
        **machine_logs(NAME),
        **{f"metadata {key}": text.encode() for key, text in metadata.items()},
        "the console": instances.serial_port_output(NAME).encode(),
    }
    print(f"{len(places)} texts, {sum(map(len, places.values())) / 1e6:.1f} MB searched")
    assert not {place: found for place, text in places.items() if (found := needles.found_in(text))}
    assert world_readable(NAME, needles)[1] == []


def test_its_identity_reads_its_own_secret_and_no_other(stack: MeshProject) -> None:
    def status(path: str, *words: str) -> str:
        asked = [
            "curl",
            "-sk",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-H",
            f"Authorization: Bearer {access_token()}",
        ]
        return on_instance(*asked, *words, f"{API}/namespaces/{path}")

    # Citadel has one for every service account.
    client.CoreV1Api(cluster.api()).read_namespaced_secret("istio.default", NAMESPACE)
    assert status(f"{NAMESPACE}/secrets/{SECRET}") == "200"
    assert status(f"{NAMESPACE}/secrets/istio.default") == "403"
    assert status(f"{NAMESPACE}/secrets") == "403"
    assert status(f"{SYSTEM}/secrets/istio.default") == "403"
    asked = '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}'
    token = ("-H", "Content-Type: application/json", "--data", asked)
    assert status(f"{NAMESPACE}/serviceaccounts/vmhttp/token", *token) == "403"


def test_a_boot_with_a_good_certificate_asks_the_api_server_nothing(stack: MeshProject, citadel: Citadel) -> None:
    citadel.pause()
    client.CoreV1Api(cluster.api()).delete_namespaced_secret(SECRET, NAMESPACE)
    machines.reboot(NAME)
    begun = time.monotonic()
    calls_succeed()
    print(f"calls through its proxy, from its reboot: {time.monotonic() - begun:.1f} s")
    assert (
        client.CoreV1Api(cluster.api())
        .list_namespaced_secret(NAMESPACE, field_selector=f"metadata.name={SECRET}")
        .items
        == []
    )


def test_after_long_off_it_waits_for_its_secret_says_so_and_joins_with_no_pulumi(
    stack: MeshProject, citadel: Citadel
) -> None:
    # Nothing that it had is good any more, and Citadel is not there yet.
    on_instance("sh", "-c", "rm -f /etc/certs/*")
    since = len(instances.serial_port_output(NAME))
    # Its boot is not over before it has joined, and so nobody waits for that.
    machines.execute(NAME, ["systemctl", "reboot"])
    console_says("answers 404", since)
    console_says("does Citadel run, and serve this namespace?; the next try is in", since)
    citadel.resume()
    begun = time.monotonic()
    calls_succeed()
    print(f"calls through its proxy, from Citadel's return: {time.monotonic() - begun:.1f} s")


def test_one_made_anew_joins_with_a_new_certificate(stack: MeshProject) -> None:
    before = on_instance("cat", CHAIN)
    instances.delete(PATH)
    assert stack.pulumi("preview", "--refresh", "--expect-no-changes").code != 0
    stack.expect("up", "--yes", "--skip-preview", "--refresh")
    calls_succeed()
    assert on_instance("cat", CHAIN) != before
