"""Machines under systemd-nspawn, as parts of the sandbox: makes, boots, reboots, shuts down and removes them."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from sandbox.machines.inventory import MACHINES, Machine, everyone, machine, record
from sandbox.machines.root_filesystem import prepare
from sandbox.machines.ssh_client import SSH_KEY, execute, make_key
from sandbox.network.namespace import inside
from sandbox.supervision import processes, supervisor
from sandbox.supervision.supervisor import NotReadyError, Part, PartError

SCRIPT = Path(__file__).with_name("machine.sh")
BOOT_SECONDS = 90
SHUTDOWN_SECONDS = 90
"""The time that Google gives an instance to shut down (cloud.google.com/compute/docs/instances/stop-start-instance)."""


def make(target: Machine, furnish: Callable[[Path], None]) -> None:
    """Make and boot a machine beside the sandbox's own; the caller waits for what it needs of it.

    furnish: gets the folder of its root filesystem once, before its first boot. Raises PartError if there is a
    machine of that name.
    """
    if target.name in (known.name for known in everyone()):
        raise PartError(f"there is a machine {target.name} already")
    record(target)
    prepare(target)
    furnish(target.root)
    switch_on(target.name)


def switch_on(name: str) -> None:
    """Boot a machine that was made and is off; does not wait for it."""
    supervisor.start(replace(_part(machine(name)), check=None))


def switch_off(name: str) -> None:
    """Shut down a machine that was made, as its power button does; its files stay."""
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


def start(name: str) -> None:
    """Boot a machine and wait until it answers."""
    with supervisor.alone():
        supervisor.start(_part(machine(name)))


def stop(name: str) -> None:
    """Shut a machine down, as its own `systemctl halt` does, and kill what does not end in time."""
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
        prepare=partial(prepare, target),
        command=partial(_command, target),
        check=partial(_check, target),
        limit=BOOT_SECONDS,
        grace=10,
    )


PARTS = (Part("ssh-key", prepare=partial(make_key, SSH_KEY, "meshx-sandbox")), *(_part(target) for target in MACHINES))


def spare_parts() -> list[Part]:
    """The machines that `up` does not raise."""
    return [_part(target) for target in everyone() if target not in MACHINES]
