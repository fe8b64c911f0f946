"""The sandbox's machines: Debian 12 with systemd as process 1, an address of their own, and SSH to get in.

Each runs under systemd-nspawn from an overlay over the one built root filesystem. What a machine writes stays in
STATE/machines/<name>/written for as long as the sandbox is up, through stops and reboots.
"""

import json
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

from sandbox import processes, supervisor
from sandbox.builds import artifact
from sandbox.network import CLUSTER_NETWORK, FAR_NETWORK, MACHINE_NETWORKS, MachineNetwork, inside
from sandbox.paths import STATE
from sandbox.supervisor import NotReadyError, Part, PartError

SCRIPT = Path(__file__).parent / "scripts" / "machine.sh"
SSH_KEY = STATE / "ssh" / "id_ed25519"
BOOT_SECONDS = 90
SHUTDOWN_SECONDS = 90
"""What Google gives an instance to shut down in (cloud.google.com/compute/docs/instances/stop-start-instance)."""
RECORD = "machine.json"
"""What tells of a machine that is not one of the sandbox's own, in its folder."""
ADMINISTRATOR = "admin"
"""A user with password-less sudo, beside root."""


@dataclass(frozen=True)
class Machine:
    """One machine: its name (host name too), its network and its address there."""

    name: str
    network: MachineNetwork
    address: IPv4Address

    @property
    def folder(self) -> Path:
        """Where the machine's keys and files are kept."""
        return STATE / "machines" / self.name

    @property
    def root(self) -> Path:
        """Where its root filesystem is mounted, as seen from the host."""
        return self.folder / "root"


MACHINES = (
    Machine("vm-1", CLUSTER_NETWORK, IPv4Address("10.77.0.11")),
    Machine("vm-2", FAR_NETWORK, IPv4Address("10.79.0.12")),
)
SPARE_MACHINES = tuple(
    Machine(f"vm-{number}", CLUSTER_NETWORK, IPv4Address("10.77.0.10") + number) for number in range(3, 9)
)
"""Not raised with the sandbox but by `start`, where more are wanted."""


def machine(name: str) -> Machine:
    """The machine called `name`; PartError with the names there are, otherwise."""
    there = everyone()
    for known in there:
        if known.name == name:
            return known
    raise PartError(f"there is no machine {name}; there are {', '.join(known.name for known in there)}")


def everyone() -> tuple[Machine, ...]:
    """The sandbox's own machines, running or not, and those that were made since."""
    return (*MACHINES, *SPARE_MACHINES, *(_made(record) for record in sorted(STATE.glob(f"machines/*/{RECORD}"))))


def make(target: Machine, furnish: Callable[[Path], None]) -> None:
    """Make and boot a machine beside the sandbox's own; who needs it up waits for what it needs of it.

    furnish: called once with the folder of its root filesystem, before its first boot. Raises PartError if there is a
    machine of that name.
    """
    if target.name in (known.name for known in everyone()):
        raise PartError(f"there is a machine {target.name} already")
    target.folder.mkdir(parents=True, exist_ok=True)
    record = {"bridge": target.network.bridge, "address": str(target.address)}
    (target.folder / RECORD).write_text(json.dumps(record))
    _prepare(target)
    furnish(target.root)
    switch_on(target.name)


def switch_on(name: str) -> None:
    """Boot a machine that was made and is off, and do not wait for it."""
    supervisor.start(replace(_part(machine(name)), check=None))


def switch_off(name: str) -> None:
    """Shut down a machine that was made, as by its power button; its files stay."""
    supervisor.stop(replace(_part(machine(name)), grace=SHUTDOWN_SECONDS))


def is_on(name: str) -> bool:
    """Whether a machine's process runs, booted or not."""
    return processes.find(name) is not None


def remove(name: str) -> None:
    """Shut down a machine that was made, and remove all of it."""
    target = machine(name)
    switch_off(name)
    if target.root.is_mount():
        subprocess.run(["umount", str(target.root)], check=True)
    shutil.rmtree(target.folder)
    processes.log_file(name).unlink(missing_ok=True)


def _made(record: Path) -> Machine:
    said = json.loads(record.read_text())
    (network,) = (network for network in MACHINE_NETWORKS if network.bridge == said["bridge"])
    return Machine(record.parent.name, network, IPv4Address(said["address"]))


def start(name: str) -> None:
    """Boot a machine and wait until it answers."""
    with supervisor.alone():
        supervisor.start(_part(machine(name)))


def stop(name: str) -> None:
    """Shut a machine down, as its own `systemctl halt` does; what does not end in time is killed."""
    with supervisor.alone():
        supervisor.stop(_part(machine(name)))


def reboot(name: str) -> None:
    """Reboot a machine from within and wait until it answers again."""
    before = execute(name, ["cat", "/proc/sys/kernel/random/boot_id"]).stdout
    execute(name, ["systemctl", "reboot"])
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        now = execute(name, ["cat", "/proc/sys/kernel/random/boot_id"])
        if now.returncode == 0 and now.stdout != before and not supervisor.why_not_ready(_part(machine(name))):
            return
        if time.monotonic() > deadline:
            raise PartError(f"{name} is not back {BOOT_SECONDS} s after its reboot; see its log")
        time.sleep(0.2)


def execute(
    name: str, command: Sequence[str], *, user: str = "root", text: str = "", seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` (a list of words) on a machine with `text` on its standard input, and return how it went.

    seconds: the longest it may take; subprocess.TimeoutExpired then.
    """
    words = ssh_command(name, command, user)
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=seconds)


def ssh(name: str, user: str = "root") -> list[str]:
    """The SSH client's words for getting into a machine, to which a command may be appended."""
    target = machine(name)
    options = {
        "IdentityFile": SSH_KEY,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": target.folder / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "ConnectTimeout": 5,
        # A machine that is rebooted says nothing more: find out within seconds.
        "ServerAliveInterval": 5,
        "ServerAliveCountMax": 3,
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return ["ssh", "-F", "none", *flags, f"{user}@{target.address}"]


def ssh_command(name: str, command: Sequence[str], user: str = "root") -> list[str]:
    """The SSH client's words for running `command` on a machine; the far shell sees it as the same list of words."""
    return [*ssh(name, user), shlex.join(command)]


def _make_ssh_key() -> None:
    _make_key(SSH_KEY, "meshx-sandbox")


def _make_key(file: Path, comment: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    public = file.with_name(file.name + ".pub")
    if file.exists() and public.exists():
        return
    file.unlink(missing_ok=True)
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _prepare(target: Machine) -> None:
    host_key = target.folder / "ssh_host_ed25519_key"
    _make_key(host_key, target.name)
    public = host_key.with_name(host_key.name + ".pub").read_text()
    (target.folder / "known_hosts").write_text(f"{target.address} {public}")
    _mount(target)
    # Once: from the first boot on, the machine's files are its own.
    prepared = target.folder / "prepared"
    if not prepared.exists():
        _write_files(target)
        prepared.touch()


def _mount(target: Machine) -> None:
    if target.root.is_mount():
        return
    base = target.folder / "base"
    if not base.is_symlink():
        base.symlink_to(artifact("machine-root") / "root")
    for name in ("written", "work", "root"):
        (target.folder / name).mkdir(exist_ok=True)
    layers = f"lowerdir={base.resolve()},upperdir={target.folder / 'written'},workdir={target.folder / 'work'}"
    subprocess.run(["mount", "-t", "overlay", f"meshx-{target.name}", "-o", layers, str(target.root)], check=True)


def _write_files(target: Machine) -> None:
    root, key = target.root, SSH_KEY.with_name(SSH_KEY.name + ".pub").read_text()
    for user, home in (("root", root / "root"), (ADMINISTRATOR, root / "home" / ADMINISTRATOR)):
        if user != "root" and not home.exists():
            subprocess.run(["chroot", str(root), "useradd", "--create-home", "--shell=/bin/bash", user], check=True)
        keys = home / ".ssh"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / "authorized_keys").write_text(key)
        for path in (keys, keys / "authorized_keys"):
            shutil.chown(path, home.stat().st_uid, home.stat().st_gid)
    gateway = target.network.gateway
    _write(root / "etc/sudoers.d/admin", f"{ADMINISTRATOR} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    _write(root / "etc/hostname", f"{target.name}\n")
    # Its own name is not among them, as on many a real machine: a join must cope.
    _write(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    # Nobody listens there: every name is refused at once, until the join brings names of its own.
    _write(root / "etc/resolv.conf", f"nameserver {gateway.ip}\n")
    _write(root / "etc/machine-id", secrets.token_hex(16) + "\n", 0o444)
    _write(
        # Sorts before 80-container-host0.network, systemd's own, which asks for an address by DHCP.
        root / "etc/systemd/network/10-host0.network",
        "[Match]\nName=host0\n\n[Network]\n"
        f"Address={target.address}/{gateway.network.prefixlen}\nGateway={gateway.ip}\nIPv6AcceptRA=no\n",
    )
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        name = f"ssh_host_ed25519_key{suffix}"
        _write(root / "etc/ssh" / name, (target.folder / name).read_text(), mode)


def _write(file: Path, content: str, mode: int = 0o644) -> None:
    # The root filesystem may have a link here, which would lead out of it.
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content)
    file.chmod(mode)


def _command(target: Machine) -> list[str]:
    return inside("bash", str(SCRIPT), target.name, str(target.root), target.network.bridge)


def _check(target: Machine) -> None:
    try:
        state = execute(target.name, ["systemctl", "is-system-running"], seconds=10)
    except subprocess.TimeoutExpired as error:
        raise NotReadyError("SSH does not answer") from error
    said = state.stdout.strip()
    if said == "degraded":
        failed = execute(target.name, ["systemctl", "list-units", "--failed", "--plain", "--no-legend"]).stdout
        raise NotReadyError(f"failed units: {failed.strip()}")
    if said != "running":
        raise NotReadyError(said or state.stderr.strip())


def _part(target: Machine) -> Part:
    return Part(
        target.name,
        needs=("separation", "ssh-key"),
        prepare=partial(_prepare, target),
        command=partial(_command, target),
        check=partial(_check, target),
        limit=BOOT_SECONDS,
        grace=10,
    )


PARTS = (Part("ssh-key", prepare=_make_ssh_key), *(_part(target) for target in MACHINES))


def spare_parts() -> list[Part]:
    """The machines that are not raised with the sandbox."""
    return [_part(target) for target in everyone() if target not in MACHINES]
