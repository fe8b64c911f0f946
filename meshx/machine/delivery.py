"""What one operation sends to a machine: a script, what it sources, and its data, as one tar stream.

meshx/scripts/receive.sh unpacks the stream into a folder in memory that only root can read; members under ``disk/`` go
to the machine's disk. No command line ever holds any of it.
"""

from __future__ import annotations

import shlex
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshx.join.machine_files import UPKEEP_FILES, WAY_BACK_FILES
from meshx.join.scripts_library import FAMILY_SCRIPTS, SCRIPTS, script_text

SHARED_SCRIPTS = (
    "machine.sh",
    "proxy_user.sh",
    "folders.sh",
    "packet_rules.sh",
    "checks.sh",
    "before.sh",
    "joined_by.sh",
    "node_agent.sh",
    "unit_settings.sh",
    "agent/agent_program.sh",
    "agent/pilot-agent.sh",
    "envoy_readiness.sh",
    "token_renewal.sh",
    "ipv6_rules.sh",
    "writes.sh",
    *FAMILY_SCRIPTS,
    "lock.sh",
    "version_order.sh",
    *WAY_BACK_FILES,
    *UPKEEP_FILES,
)
PACKAGE_MEMBER = "disk/package"
_CHUNK = 1 << 18
_BLOCK = tarfile.BLOCKSIZE


@dataclass(frozen=True)
class Delivery:
    """One operation: the script's file name in meshx/scripts, its data by name, and perhaps the package's file."""

    script: str
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    package: Path | None = None


def remote_command(user: str) -> str:
    """Return the command that receives any delivery, always the same: as root, or by sudo without a password."""
    receive = shlex.quote(script_text("lock.sh") + script_text("receive.sh"))
    return f"sh -c {receive}" if user == "root" else f"sudo -n sh -c {receive}"


def tar_stream(delivery: Delivery) -> Iterator[bytes]:
    """Yield the delivery as a tar archive, the package in pieces so that it never stands in memory whole."""
    yield from _member("script", (SCRIPTS / delivery.script).read_bytes())
    for name in SHARED_SCRIPTS:
        yield from _member(Path(name).name, (SCRIPTS / name).read_bytes())
    for name, text in delivery.data.items():
        yield from _member(name, text.encode("utf-8"))
    if delivery.package is not None:
        yield from _large_member(PACKAGE_MEMBER, delivery.package)
    yield bytes(2 * _BLOCK)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content)) + content + bytes(-len(content) % _BLOCK)


def _large_member(name: str, path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    yield _header(name, size)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
    yield bytes(-size % _BLOCK)
