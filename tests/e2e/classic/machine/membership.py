"""One machine's membership in a mesh of this line: the Join's inputs, its operations, and what the package recorded."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from meshx.join.bundle import Package, bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.join.facts import ClassicFacts, MachineFacts, Port, WorkloadFacts
from meshx.machine.delivery import Delivery
from meshx.plugin_base.custom_resource import Operation, Read, Severity
from meshx.plugin_base.property_values import Properties
from meshx.provider.join_resource import JoinResource
from sandbox import machines, traffic
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from sandbox.network.addresses import SERVICES
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins.tls_server import ADDRESS
from tests.e2e.machine.deliveries import Deliveries, shell

MACHINE = "vm-3"
NAMESPACE = "vm"
ACCOUNT = "vmhttp"
IDENTITY = f"spiffe://cluster.local/ns/{NAMESPACE}/sa/{ACCOUNT}"
RECORDED = "/var/log/istio-recorded"
START_SETTINGS = {
    "ISTIO_CLUSTER_CONFIG": "/var/lib/meshx/sidecar/cluster.env",
    "ISTIO_SIDECAR_CONFIG": "/var/lib/meshx/sidecar/sidecar.env",
}
"""What the units say to every start script: where root's files are."""
NO_ROUTE = 421
"""What the package's proxy says of the exposed services that a real Pilot would lead on."""
FACTS = ClassicFacts(
    cluster_name="",
    mesh_id="",
    network="network1",
    trust_domain="cluster.local",
    services_cidr=str(SERVICES),
    mutual_tls=True,
)
WORKLOAD = WorkloadFacts("vmhttp", NAMESPACE, ACCOUNT, ports=(Port("http", 8080), Port("tcp-mysql", 3306)))


def join_inputs(name: str, package: Path, facts: ClassicFacts, workload: WorkloadFacts) -> Properties:
    """The inputs of a machine's Join, as the program makes them; facts: what a control plane would say."""
    target = machines.machine(name)
    delivered = Package(str(package), hashlib.sha256(package.read_bytes()).hexdigest())
    machine = MachineFacts(name, str(target.address), "network1")
    return {
        "machine": name,
        "namespace": NAMESPACE,
        "serviceAccount": ACCOUNT,
        "connection": {
            "host": str(target.address),
            "user": "root",
            "hostKey": (target.folder / "ssh_host_ed25519_key.pub").read_text().strip(),
        },
        "drainSeconds": 0.0,
        "bundle": bundle_inputs(classic_join_bundle(facts, workload, machine, delivered), None, ADDRESS),
    }


@dataclass
class Membership:
    """The Join of vm-3, with the package of a version; `facts` are what a control plane would say.

    closed: whether calls past the proxy are refused.
    """

    folder: Path
    version: str = "1.4.10"
    facts: ClassicFacts = FACTS
    closed: bool = False
    state: Properties = field(default_factory=dict[str, Any])
    said: list[tuple[Severity, str]] = field(default_factory=list[tuple[Severity, str]])

    @property
    def inputs(self) -> Properties:
        """The inputs of the Join, as the program makes them."""
        file = build(self.version, self.folder)
        workload = replace(WORKLOAD, closed_when_down=self.closed)
        return join_inputs(MACHINE, file, self.facts, workload)

    def up(self) -> None:
        """Create the Join, or update it where it is there."""
        if self.state:
            self.state = self._resource.update(MACHINE, self.state, self.inputs, self.inputs, self._operation)
        else:
            self.state = self._resource.create(self.inputs, self._operation)[1]

    def seen(self) -> dict[str, Any]:
        """The bundle after a refresh."""
        read: Read = self._resource.read(MACHINE, self.inputs, self.state, self._operation)
        assert read.outputs["observed"] == "ok", self.said
        return read.inputs["bundle"]

    def down(self) -> None:
        """Delete the Join, which was made or failed half-way."""
        self._resource.delete(MACHINE, self.state, self.inputs, self._operation)
        self.state = {}

    def words(self) -> str:
        """All that was said so far."""
        return "\n".join(text for _, text in self.said)

    @property
    def _resource(self) -> JoinResource:
        login = {"sshPrivateKeyFile": str(machines.SSH_KEY)}
        return JoinResource({"kubeconfigFile": str(KUBECONFIG), "context": CONTEXT, **login})

    @property
    def _operation(self) -> Operation:
        return Operation("urn", "meshx:index:Join", MACHINE, log=lambda level, text: self.said.append((level, text)))


def recorded(program: str, kind: str) -> str:
    """What the package recorded of a program's last start: `environment`, `arguments`, `user`, `files` or `starts`."""
    return shell(MACHINE, f"cat {RECORDED}/{program}.{kind}")


def recorded_environment(program: str) -> dict[str, str]:
    """The variables of Istio's own that a program was started with."""
    wanted = re.compile(r"^(ISTIO_\w+|POD_\w+|INSTANCE_IP|NS|SVC)=(.*)$", re.MULTILINE)
    return dict(wanted.findall(recorded(program, "environment")))


def leave_again() -> str:
    """Run leave.sh, whatever the machine is; returns what it says."""
    return leave_again_on(MACHINE)


def leave_again_on(name: str) -> str:
    """The same on a machine."""
    asked = {"unit": "istio", "package": "istio-sidecar -\n", "companions": "istio-auth-node-agent\n"}
    return Deliveries(name).run(Delivery("leave.sh", asked))


def remains() -> str:
    """What a join has begun with on the machine; empty where nothing was changed."""
    return shell(MACHINE, "ls -d /var/lib/meshx /var/lib/istio /etc/certs 2>/dev/null || true")


def exposed_call(user: str = machines.ADMINISTRATOR) -> tuple[int, str]:
    """Status and `server` that a user gets at an address of 127.255.0.0/16, which only the proxy answers."""
    (answer,) = traffic.from_machine(MACHINE, "http://127.255.0.3:8000/", user=user)
    return answer.status, answer.server
