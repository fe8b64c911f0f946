"""Deliveries to a machine of the sandbox by the product's own sessions, without a cluster."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from meshx.config.values.host_login import HostLogin
from meshx.join.bundle import FOLDERS, OWNER, PROXY_OWNER, ROOT_CERTIFICATE
from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import Connection
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session
from sandbox import machines
from sandbox.paths import STATE
from tests.e2e.classic.stand_ins.authority import Authority

MACHINE = "vm-3"
"""The machine that these tests join and take out."""
PACKAGE = STATE / "istio-sidecar.deb"
GATEWAY = "10.77.0.200"
FILES = {
    # Without a root of that kind the agent would end, and be started anew every ten seconds.
    "/etc/certs/root-cert.pem": Authority().root.decode(),
    "/etc/istio/config/mesh": "defaultConfig: {}\n",
    "/var/lib/meshx/sidecar/cluster.env": "ISTIO_INBOUND_PORTS='8080'\nISTIO_SERVICE_CIDR='*'\nPOD_NAME='vm-3'\n",
}


def owner(path: str) -> str:
    """Whose a file of the bundle is: the proxy's where the proxy writes it as well."""
    return PROXY_OWNER if path == ROOT_CERTIFICATE else OWNER


@dataclass
class Deliveries:
    """Joins and leaves one machine by the scripts alone; what the proxy then makes of it is no matter here."""

    machine: str
    user: str = "root"
    package: Path = field(default=PACKAGE)

    def join(self, **data: str) -> str:
        """Run join.sh with the package and the files of a bundle; returns what it changed, line by line."""
        numbered = enumerate(sorted(FILES.items()))
        files = {f"files/{number}": content for number, (_, content) in numbered}
        given = {
            "unit": "istio",
            "package": f"istio-sidecar {hashlib.sha256(self.package.read_bytes()).hexdigest()}\n",
            "hosts": f"{GATEWAY} istiod.istio-system.svc\n",
            "files.tsv": "".join(f"{owner(path)}\t0644\t{path}\n" for path in sorted(FILES)),
            "folders.tsv": "".join(f"{one.owner}\t{one.mode}\t{path}\n" for path, one in sorted(FOLDERS.items())),
            "token": "no.real.token",
            **files,
            **data,
        }
        return self.run(Delivery("join.sh", given, self.package))

    def leave(self) -> str:
        """Run leave.sh; returns what it says."""
        return self.run(Delivery("leave.sh", {"unit": "istio", "package": "istio-sidecar -\n"}))

    def run(self, delivery: Delivery) -> str:
        """Run one delivery over a session of its own; MachineError."""
        target = machines.machine(self.machine)
        host_key = (target.folder / "ssh_host_ed25519_key.pub").read_text().strip()
        connection = Connection(HostLogin(str(target.address), 22, self.user, host_key), connect_seconds=30)

        async def session() -> str:
            key = PrivateKey(file=str(machines.SSH_KEY))
            async with open_session(self.machine, connection, key, print, patient=True) as opened:
                return await opened.run(delivery, 200)

        return asyncio.run(session())


def shell(machine: str, command: str) -> str:
    """What a command line prints on a machine."""
    done = machines.execute(machine, ["bash", "-c", command], seconds=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
