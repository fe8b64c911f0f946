"""A machine's root filesystem: an overlay over the built one, with the files that make the machine unique.

What a machine writes stays in STATE/machines/<name>/written while the sandbox is up, through stops and reboots.
"""

import secrets
import shutil
import subprocess
from pathlib import Path

from sandbox.builds import artifact
from sandbox.machines.inventory import Machine
from sandbox.machines.ssh_client import SSH_KEY, make_key
from sandbox.network import dual_stack

ADMINISTRATOR = "admin"
"""A user with password-less sudo, beside root."""
IPV6 = 6


def prepare(target: Machine) -> None:
    """Make a machine's keys, mount its root and, once, write its files."""
    host_key = target.folder / "ssh_host_ed25519_key"
    make_key(host_key, target.name)
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
    gateway = dual_stack.CLUSTER_GATEWAY if target.address.version == IPV6 else target.network.gateway
    _write(root / "etc/sudoers.d/admin", f"{ADMINISTRATOR} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    _write(root / "etc/hostname", f"{target.name}\n")
    # Its own name is missing here, as on many real machines: a join must cope.
    _write(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    # Nobody listens there: every query gets a refusal at once, until the join brings its own names.
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
    # The root filesystem may have a link here, which would lead outside it.
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content)
    file.chmod(mode)
