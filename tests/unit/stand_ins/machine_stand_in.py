"""A machine for tests: a real SSH server in this process that takes deliveries and plays the scripts' part."""

import asyncio
import base64
import io
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncssh

_SAID_BY = {
    "reconnect.sh": "disturbs no call",
    "serving.sh": "How calls through the sidecar fare",
    "confirm.sh": "Disarms the switch",
    "undo.sh": "Goes back at once",
    "settle.sh": "Forgets what the machine had before",
}
IDENTITY_FACTS = ("certificate", "token.end")


@dataclass
class Received:
    """One delivery: the script's text, its members by name, and the command that it came by."""

    script: str
    members: dict[str, bytes]
    command: str

    @property
    def name(self) -> str:
        """Which of the scripts it is, by what only that one says."""
        if "Changes nothing." in self.script:
            return "observe.sh"
        for name, words in _SAID_BY.items():
            if words in self.script:
                return name
        return "leave.sh" if "Takes a machine out of the mesh" in self.script else "join.sh"


@dataclass
class StandInMachine:
    """What the machine has (facts as observe.sh prints them), what came, and how it answers."""

    facts: dict[str, bytes] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """Status, output and errors of a script, by its name, in place of its usual part."""
    commands: dict[str, int] = field(default_factory=dict)
    """Commands of users that it knows, with the status that each ends with."""
    after_join: Callable[["StandInMachine"], None] = lambda machine: None
    after_restart: Callable[[], None] = lambda: None
    reconnect: Callable[[], str] = lambda: ""
    """What reconnect.sh does and prints; nothing on a kernel that breaks no connection."""
    serving: Callable[[], str] = lambda: ""
    """What serving.sh prints."""
    good: dict[str, bytes] | None = None
    """What it goes back to, while a change is on trial, or held."""
    kept_packages: set[bytes] = field(default_factory=set[bytes])
    hang_up_on: str = ""
    """The script during which the connection breaks off, once."""
    logins: int = 0
    users: tuple[str, ...] = ("root", "admin")
    key: asyncssh.SSHKey | None = None
    """The key that its users log in with; None: the one of all machines."""
    port: int = 0
    host_key: str = ""

    @property
    def scripts(self) -> list[str]:
        """The names of the scripts that came, in order."""
        return [delivery.name for delivery in self.received]

    def delivered(self, script: str) -> Received:
        """The last delivery of a script."""
        return [delivery for delivery in self.received if delivery.name == script][-1]

    def answer(self, delivery: Received) -> tuple[int, str, str]:  # noqa: PLR0911 - one for each script
        """Status, output and errors for a delivery."""
        if delivery.name in self.answers:
            return self.answers[delivery.name]
        if delivery.name == "reconnect.sh":
            return 0, self.reconnect(), ""
        if delivery.name == "observe.sh":
            return 0, self._observed(delivery), ""
        if (answer := self._way_back(delivery)) is not None:
            return answer
        if delivery.name == "join.sh":
            self._join(delivery)
            if "hold-restart" in delivery.members:
                self.facts["unit.restart"] = b"waits"
                return 0, "restart waits\n", ""
            self.facts.pop("unit.restart", None)
            self.after_restart()
            return 0, "package istio-sidecar 1.31.0 installed\nunit started\n", ""
        self.facts = blank_facts(self.facts["machine-id"].decode())
        return 0, "left\n", ""

    def _way_back(self, delivery: Received) -> tuple[int, str, str] | None:
        """What the scripts of the way back answer; None where they leave it to the others."""
        if delivery.name in ("serving.sh", "undo.sh"):
            return 0, self.serving() if delivery.name == "serving.sh" else self._undo(delivery), ""
        if delivery.name == "settle.sh":
            self.good = None
            self.facts.pop("way-back.held", None)
            return 0, "", ""
        if delivery.name == "confirm.sh":
            self._confirm("held" in delivery.members)
            return 0, "", ""
        return self._begin_trial(delivery.members) if "way-back" in delivery.members else None

    def _confirm(self, held: bool) -> None:
        self.facts["way-back"] = b"kept"
        self.facts.pop("undone", None)
        if held and self.good is not None:
            self.facts["way-back.held"] = b"yes"
        else:
            self.good = None

    def _begin_trial(self, members: dict[str, bytes]) -> tuple[int, str, str] | None:
        wanted = members["package"].split()[1]
        if "disk/package" in members:
            self.kept_packages.add(wanted)
        if wanted not in self.kept_packages:
            return 10, "", ""
        holds = "hold-restart" in members
        if not holds or "has-turn" in members:
            if self.facts.get("way-back") == b"kept":
                self.good = dict(self.facts)
            self.facts["way-back"] = b"armed 2026-11-30T02:00:00Z" if self.good else b"on trial"
        return (0, "restart waits\n", "") if holds else None

    def _undo(self, delivery: Received) -> str:
        if (
            "later" in delivery.members
            or self.good is None
            or ("way-back.held" in self.facts and "held" not in delivery.members)
        ):
            return ""
        self.facts, self.good = self.good, None
        self.facts["undone"] = b"2026-11-30T02:00:00Z it went back: " + delivery.members["why"].strip()
        return "went back to version 1.30.0\n"

    def _observed(self, delivery: Received) -> str:
        facts = {key: value for key, value in self.facts.items() if not key.startswith(("path ", "host "))}
        for number, path in enumerate(delivery.members["wanted/paths"].decode().splitlines()):
            if f"path {path}" in self.facts:
                owner, mode, content = self.facts[f"path {path}"].split(b"\0", 2)
                facts |= {
                    f"file.{number}.{part}": value
                    for part, value in (("owner", owner), ("mode", mode), ("content", content))
                }
        for number, name in enumerate(delivery.members["wanted/names"].decode().splitlines()):
            facts[f"name.{number}"] = self.facts.get(f"host {name}", b"")
        facts["time"] = str(int(time.time())).encode()
        return "".join(f"{key} {base64.b64encode(value).decode()}\n" for key, value in facts.items())

    def _join(self, delivery: Received) -> None:
        files = delivery.members
        for number, line in enumerate(files["files.tsv"].decode().splitlines()):
            owner, mode, path = line.split("\t")
            self.facts[f"path {path}"] = b"\0".join([owner.encode(), mode.encode(), files[f"files/{number}"]])
        for line in files["hosts"].decode().splitlines():
            address, name = line.split()
            self.facts[f"host {name}"] = address.encode()
        self.facts |= {
            "package.status": b"ii  1.31.0",
            "package.recorded-version": b"1.31.0",
            "package.sha256": files["package"].split()[1],
            "unit.enabled": b"enabled",
            "unit.active": b"active",
            "upkeep": b"in place",
            "rules.recorded": b"ipv4",
            "rules.ipv4": b"yes",
            "joined": b"yes",
            "recorded-id": self.facts["machine-id"],
            "ready": b"200",
        }
        if "joined-as" in files:
            self.facts["joined-as"] = files["joined-as"]
        self.facts.pop("retiring", None)
        if "joined-by" in files:
            self.facts["joined-by"] = files["joined-by"]
        if "token" in files:
            self.facts["token.end"] = str(int(time.time()) + 3600).encode()
        self.after_join(self)


def blank_facts(machine_id: str = "m-1") -> dict[str, bytes]:
    """The facts of a machine that never joined."""
    return {"machine-id": machine_id.encode(), "joined": b"no", "unit.enabled": b"", "unit.active": b"inactive"}


class SshServer:
    """Serves stand-in machines on ports of 127.0.0.1, from a thread with a loop of its own."""

    def __init__(self, client_key: asyncssh.SSHKey) -> None:
        self._client_key = client_key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncssh.SSHAcceptor] = []
        self._thread.start()

    def serve(self, machine: StandInMachine) -> StandInMachine:
        """Start a server for a machine, with a host key of its own."""
        return asyncio.run_coroutine_threadsafe(self._serve(machine), self._loop).result(10)

    def close(self) -> None:
        """Stop all servers."""
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, machine: StandInMachine) -> StandInMachine:
        key = asyncssh.generate_private_key("ssh-ed25519")
        server = await asyncssh.create_server(
            lambda: _Door(machine, self._client_key),
            "127.0.0.1",
            0,
            server_host_keys=[key],
            encoding=None,
            process_factory=lambda process: _receive(machine, process),
        )
        self._servers.append(server)
        machine.port = server.get_port()
        machine.host_key = key.export_public_key().decode().strip()
        return machine


class _Door(asyncssh.SSHServer):
    """Lets the machine's users in with the one key, and through to others (a bastion)."""

    def __init__(self, machine: StandInMachine, client_key: asyncssh.SSHKey) -> None:
        self._machine = machine
        self._client_key = client_key

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._machine.logins += 1

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return (
            username in self._machine.users and key.public_data == (self._machine.key or self._client_key).public_data
        )

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        return True


async def _receive(machine: StandInMachine, process: asyncssh.SSHServerProcess) -> None:
    stream = await process.stdin.read()
    if (process.command or "") in machine.commands:
        machine.received.append(Received("", {}, process.command or ""))
        process.exit(machine.commands[process.command or ""])
        return
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        members = {info.name: archive.extractfile(info).read() for info in archive.getmembers()}
    delivery = Received(members.pop("script").decode(), members, process.command or "")
    machine.received.append(delivery)
    if machine.hang_up_on == delivery.name:
        machine.hang_up_on = ""
        process.get_extra_info("connection").abort()
        return
    status, output, errors = machine.answer(delivery)
    process.stdout.write(output.encode())
    process.stderr.write(errors.encode())
    process.exit(status)
