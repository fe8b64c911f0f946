"""The Join of a machine whose identity Citadel keeps in a Secret, against a stand-in machine and a stand-in cluster."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from meshx.join.bundle import Package, bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.machine import citadel_request, taking_part
from meshx.machine.machine_errors import UntouchedError
from meshx.plugin_base.custom_resource import Operation, PartialFailure, ResourceError, Severity
from meshx.plugin_base.property_values import Properties
from meshx.provider.join_resource import JoinResource
from tests.unit.join.test_classic_bundle import GATEWAYS, MACHINE, WORKLOAD
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.citadel_for_tests import VMHTTP, long_lived_authority, secret_data
from tests.unit.stand_ins.machine_stand_in import Received, SshServer, StandInMachine, blank_facts
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

PATH = "/api/v1/namespaces/vm/secrets/istio.vmhttp"
NOW = datetime.now(timezone.utc)
ROOT = long_lived_authority(NOW - timedelta(days=30), NOW + timedelta(days=3650))
OTHER_ROOT = long_lived_authority(NOW - timedelta(days=29), NOW + timedelta(days=3650))
SECURITY = "/api/v1/namespaces/istio-system/configmaps/istio-security"
CERTIFICATES = "/etc/certs"


@dataclass
class ClassicMachine(StandInMachine):
    """A machine that takes key material, folders and companions as well, and tells of them."""

    modes: dict[str, tuple[str, str]] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)
    refused: str = ""

    def _join(self, delivery: Received) -> None:
        super()._join(delivery)
        members = delivery.members
        for number, line in enumerate(members.get("identity.tsv", b"").decode().splitlines()):
            owner, mode, path = line.split("\t")
            self.modes[path] = (owner, mode)
            content = members.get(f"identity/{number}")
            if content is None:
                continue
            if path.endswith("root-cert.pem"):
                self.facts[f"path {path}"] = b"\0".join([owner.encode(), mode.encode(), content])
            if path.endswith("cert-chain.pem"):
                self.facts["certificate"] = content
        for line in members["folders.tsv"].decode().splitlines():
            owner, mode, path = line.split("\t")
            self.modes[path] = (owner, mode)
        self.units |= set(members["companions"].decode().split())
        self.refused = ""

    def _observed(self, delivery: Received) -> str:
        facts: dict[str, str] = {}
        for number, path in enumerate(delivery.members["wanted/modes"].decode().splitlines()):
            if path in self.modes:
                facts[f"mode.{number}.owner"], facts[f"mode.{number}.mode"] = self.modes[path]
        for number, name in enumerate(delivery.members["wanted/companions"].decode().splitlines()):
            facts[f"companion.{number}.enabled"] = "enabled" if name in self.units else ""
            facts[f"companion.{number}.active"] = "active" if name in self.units else "inactive"
            if self.refused:
                facts[f"companion.{number}.refused"] = self.refused
        added = "".join(f"{key} {base64.b64encode(value.encode()).decode()}\n" for key, value in facts.items())
        return super()._observed(delivery) + added


@dataclass
class Scene:
    """A resource with its surroundings, and what it said."""

    resource: JoinResource
    machine: ClassicMachine
    api: ObjectsApi
    package: Path
    said: list[tuple[Severity, str]] = field(default_factory=list)

    @property
    def inputs(self) -> Properties:
        """The inputs of a machine of the classic line, as the program makes them."""
        package = Package(str(self.package), "0" * 64)
        return {
            "machine": "vm-1",
            "namespace": "vm",
            "serviceAccount": "vmhttp",
            "connection": {
                "host": "127.0.0.1",
                "port": self.machine.port,
                "user": "root",
                "hostKey": self.machine.host_key,
            },
            "drainSeconds": 7.0,
            "bundle": bundle_inputs(classic_join_bundle(GATEWAYS, WORKLOAD, MACHINE, package), None, "10.77.0.200"),
        }

    @property
    def operation(self) -> Operation:
        return Operation("urn", "meshx:index:Join", "vm-1", log=lambda level, text: self.said.append((level, text)))

    def up(self, olds: Properties | None = None) -> Properties:
        if olds is None:
            return self.resource.create(self.inputs, self.operation)[1]
        return self.resource.update("vm-1", olds, self.inputs, self.inputs, self.operation)

    def seen(self, state: Properties) -> dict[str, Any]:
        """The bundle after a refresh."""
        return self.resource.read("vm-1", self.inputs, state, self.operation).inputs["bundle"]

    def secret(self, root=ROOT, begins: int = -1, ends: int = 89, identity: str = VMHTTP) -> dict[str, str]:
        """Put Citadel's Secret there; returns its data."""
        data = secret_data(
            root, identity=identity, begins=NOW + timedelta(days=begins), ends=NOW + timedelta(days=ends)
        )
        self.api.objects[PATH] = {"type": "istio.io/key-and-cert", "metadata": {}, "data": data}
        return data


@pytest.fixture
def cluster() -> Iterator[ObjectsApi]:
    api = ObjectsApi()
    server = ApiServer(api)
    yield api
    server.close()


@pytest.fixture
def scene(
    tmp_path: Path,
    ssh_server: SshServer,
    client_key: asyncssh.SSHKey,
    cluster: ObjectsApi,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 0.2)
    machine = ssh_server.serve(ClassicMachine(facts=blank_facts()))
    key = tmp_path / "id"
    key.write_bytes(client_key.export_private_key())
    package = tmp_path / "istio-sidecar.deb"
    package.write_bytes(b"a package")
    resource = JoinResource(
        {"kubeconfigFile": str(cluster.kubeconfig(tmp_path)), "context": "tests", "sshPrivateKeyFile": str(key)}
    )
    monkeypatch.setattr("meshx.machine.delivering.package_file", lambda package: None)
    return Scene(resource, machine, cluster, package)


def test_key_and_certificates_come_on_standard_input_with_their_owners(scene):
    data = scene.secret()
    scene.up()
    members = scene.machine.delivered("join.sh").members
    assert members["identity.tsv"].decode().splitlines() == [
        "istio-proxy:istio-proxy\t0644\t/etc/certs/cert-chain.pem",
        "istio-proxy:istio-proxy\t0600\t/etc/certs/key.pem",
        "istio-proxy:istio-proxy\t0644\t/etc/certs/root-cert.pem",
    ]
    delivered = {members[f"identity/{number}"] for number in range(3)}
    assert delivered == {base64.b64decode(content) for content in data.values()}
    assert "token" not in members
    assert members["companions"] == b"istio-auth-node-agent\n"
    assert members["folders.tsv"].decode().splitlines() == [
        "istio-proxy:istio-proxy\t0755\t/etc/certs",
        "root:root\t0755\t/etc/istio/config",
        "istio-proxy:istio-proxy\t0755\t/etc/istio/proxy",
        "root:root\t0755\t/var/lib/istio/envoy",
    ]


def test_the_key_is_in_no_state_no_message_and_no_command(scene):
    key = base64.b64decode(scene.secret()["key.pem"]).decode().splitlines()[1:-1]
    state = scene.up()
    commands = "".join(delivery.command for delivery in scene.machine.received)
    kept = json.dumps(state) + json.dumps(scene.seen(state)) + "".join(text for _, text in scene.said) + commands
    assert not any(line in kept for line in key)
    assert state["certificateEnd"] == f"{NOW + timedelta(days=89):%Y-%m-%dT%H:%M:%SZ}"


def test_a_machine_that_has_joined_is_what_it_should_be_and_nothing_is_asked_again(scene):
    scene.secret()
    state = scene.up()
    assert scene.seen(state) == scene.inputs["bundle"]
    scene.api.requests.clear()
    scene.up(state)
    assert scene.machine.scripts.count("join.sh") == 1
    assert {(method, path.rpartition("/")[2]) for method, path, _ in scene.api.requests} == {
        ("GET", "istio-security"),
        ("GET", "istio.vmhttp"),
    }, "the cluster is asked for its root alone"


def test_the_key_is_looked_at_for_owner_and_mode_alone(scene):
    scene.secret()
    state = scene.up()
    look = scene.machine.delivered("observe.sh").members
    assert f"{CERTIFICATES}/key.pem" not in look["wanted/paths"].decode().splitlines()
    assert f"{CERTIFICATES}/key.pem" in look["wanted/modes"].decode().splitlines()
    scene.machine.modes[f"{CERTIFICATES}/key.pem"] = ("root:root", "0644")
    found = scene.seen(state)["identity"]["files"][f"{CERTIFICATES}/key.pem"]
    assert (found["owner"], found["mode"]) == ("root:root", "0644")
    scene.up(state)
    assert "identity/0" not in scene.machine.delivered("join.sh").members
    assert scene.seen(state) == scene.inputs["bundle"]


def test_a_key_that_the_proxy_cannot_read_comes_anew(scene):
    scene.secret()
    state = scene.up()
    scene.machine.modes[f"{CERTIFICATES}/key.pem"] = ("root:root", "0600")
    assert scene.seen(state)["certificate"] == "valid"
    scene.up(state)
    with_key = [delivery for delivery in scene.machine.received if "identity/0" in delivery.members]
    assert len(with_key) == 2
    assert {"reset-certificate", "restart"} <= set(with_key[-1].members)


def test_a_stopped_node_agent_is_seen_and_started_again(scene):
    scene.secret()
    state = scene.up()
    scene.machine.units.clear()
    assert scene.seen(state)["companions"] == [
        {"name": "istio-auth-node-agent", "enabled": False, "active": False},
    ]
    scene.up(state)
    assert scene.seen(state) == scene.inputs["bundle"]


def test_a_node_agent_that_citadel_refuses_is_seen_though_its_unit_runs(scene):
    scene.secret()
    state = scene.up()
    scene.machine.refused = "CSR signing failed: rpc error. Will retry in 8s"
    (found,) = scene.seen(state)["companions"]
    assert (found["active"], found["refused"]) == (True, scene.machine.refused)
    scene.up(state)
    assert scene.seen(state) == scene.inputs["bundle"]


def test_a_proxy_that_does_not_get_ready_is_told_with_the_names_and_ports_that_it_needs(scene, monkeypatch):
    scene.secret()
    monkeypatch.setattr(taking_part, "READY_SECONDS", 0.5)
    scene.machine.after_join = lambda machine: machine.facts.update({"ready": b"503"})
    reached = r"not ready (?s:.*)istio-citadel \(10\.77\.0\.200\)(?s:.*) on ports 15011 and 8060"
    with pytest.raises(PartialFailure, match=reached):
        scene.up()


def test_a_certificate_that_nobody_renewed_is_told_and_replaced(scene):
    scene.secret()
    state = scene.up()
    scene.machine.facts["certificate"] = base64.b64decode(scene.secret(begins=-85, ends=5)["cert-chain.pem"])
    assert "was not renewed on the machine" in scene.seen(state)["certificate"]
    scene.secret()
    assert scene.up(state)["certificateEnd"] == f"{NOW + timedelta(days=89):%Y-%m-%dT%H:%M:%SZ}"
    assert any("reset-certificate" in delivery.members for delivery in scene.machine.received)


@pytest.mark.parametrize(
    ("root", "identity", "words"),
    [
        (OTHER_ROOT, VMHTTP, "signed by another authority"),
        (ROOT, "spiffe://other.example/ns/vm/sa/vmhttp", "of another identity: spiffe://other.example"),
    ],
)
def test_a_certificate_of_another_authority_or_identity_is_told(scene, root, identity, words):
    scene.secret()
    state = scene.up()
    scene.machine.facts["certificate"] = base64.b64decode(scene.secret(root, identity=identity)["cert-chain.pem"])
    scene.secret()
    assert words in scene.seen(state)["certificate"]


def test_a_machine_is_held_to_the_root_of_the_cluster_and_not_to_its_own(scene):
    scene.secret()
    state = scene.up()
    scene.secret(OTHER_ROOT)
    assert scene.seen(state)["certificate"] == "signed by another authority than the cluster's"
    state = scene.up(state)
    assert scene.seen(state) == scene.inputs["bundle"]
    fact = f"path {CERTIFICATES}/root-cert.pem"
    scene.machine.facts[fact] = scene.machine.facts[fact].replace(OTHER_ROOT.pem.encode(), ROOT.pem.encode())
    assert scene.seen(state)["certificate"] == "beside another root certificate than the cluster's"


def test_a_root_that_citadel_changed_just_now_is_known_before_the_secret_has_it(scene):
    scene.secret()
    state = scene.up()
    said = base64.b64encode(OTHER_ROOT.pem.encode()).decode()
    scene.api.objects[SECURITY] = {"data": {"caTLSRootCert": said}}
    assert scene.seen(state)["certificate"] == "signed by another authority than the cluster's"
    threading.Timer(1.0, lambda: scene.secret(OTHER_ROOT)).start()
    state = scene.up(state)
    assert scene.seen(state) == scene.inputs["bundle"]


def test_without_a_secret_in_time_the_machine_is_not_touched(scene):
    with pytest.raises(UntouchedError, match=r"Citadel has made no Secret vm/istio\.vmhttp"):
        scene.up()
    assert "join.sh" not in scene.machine.scripts


def test_a_secret_that_does_not_fit_leaves_the_machine_untouched(scene):
    data = scene.secret()
    data["key.pem"] = secret_data(OTHER_ROOT)["key.pem"]
    with pytest.raises(ResourceError, match=r"key\.pem is not the key of cert-chain\.pem"):
        scene.up()
    assert "join.sh" not in scene.machine.scripts


def test_a_machine_that_leaves_gives_callers_time_and_is_told_which_units_to_stop(scene, monkeypatch):
    waited: list[float] = []

    async def sleep(seconds: float, cancelled: threading.Event) -> None:
        waited.append(seconds)

    monkeypatch.setattr("meshx.machine.leaving.sleep", sleep)
    scene.secret()
    state = scene.up()
    scene.resource.delete("vm-1", state, scene.inputs, scene.operation)
    assert waited == [7.0]
    assert scene.machine.delivered("leave.sh").members["companions"] == b"istio-auth-node-agent\n"


def test_a_clone_that_joins_under_another_name_gives_up_what_came_with_its_disk(scene):
    scene.secret()
    scene.up()
    scene.machine.facts["joined-as"] = b"vm-0\n"
    scene.resource.create(scene.inputs, scene.operation)
    (members,) = (one.members for one in scene.machine.received if "reset-certificate" in one.members)
    assert {f"identity/{number}" for number in range(3)} <= members.keys()
