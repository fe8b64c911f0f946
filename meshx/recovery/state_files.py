"""A stack's files in Pulumi's file backend, and what a run left there that was killed while writing.

Beside each file the backend keeps a side file, `<file>.attrs`, with its checksum and type as JSON. It writes that in
place, so a kill leaves it empty, and every later command fails with `failed to load checkpoint: EOF`. It writes the
file itself under another name, `<file>.<number>.tmp`, and renames it, so that is whole. Pulumi needs no side file.
Source: gocloud.dev/blob/fileblob, attrs.go (setAttrs, getAttrs) and fileblob.go (createTemp, Close);
pulumi/pkg/backend/diy, store.go and lock.go.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from meshx.stack.pulumi_command import pulumi
from meshx.stack.stack_choice import ChosenStack

FILE_BACKEND = "file"
SIDE_FILE, LEFTOVER = ".attrs", ".tmp"


@dataclass(frozen=True)
class Lock:
    """A lock on the stack. run: its owner, as `user@host (pid)`. is_dead: None if this computer can't tell."""

    file: Path
    run: str
    since: str
    is_dead: bool | None


@dataclass(frozen=True)
class Checkpoint:
    """A state in a file: its resources by URN, how many operations are pending, and why it is unreadable."""

    file: Path
    resources: frozenset[str] = frozenset()
    pending: int = 0
    unreadable: str = ""


@dataclass(frozen=True)
class StateFiles:
    """What was found. kind: the scheme of the backend's URL, the rest of which may hold a password; all other fields
    are for file backends only.

    broken: side files without valid JSON. leftovers: unfinished files of killed writes. state, backup: the stack's
    state and the one before it, None if there is none.
    """

    kind: str
    broken: Sequence[Path] = ()
    leftovers: Sequence[Path] = ()
    locks: Sequence[Lock] = ()
    state: Checkpoint | None = None
    backup: Checkpoint | None = None

    @property
    def is_in_files(self) -> bool:
        """Whether the stack's state is in files on this computer."""
        return self.kind == FILE_BACKEND

    @property
    def live_locks(self) -> list[Lock]:
        """The locks of runs that may be under way."""
        return [lock for lock in self.locks if not lock.is_dead]


def look_at_state(stack: ChosenStack) -> StateFiles:
    """Return what a stack has; PulumiCommandError if Pulumi does not say where that would be."""
    kind, _, place = str(json.loads(pulumi(stack.folder, "whoami", "--json"))["url"]).partition("://")
    if kind != FILE_BACKEND:
        return StateFiles(kind)
    root = (stack.folder / Path(place.partition("?")[0]).expanduser()).resolve() / ".pulumi"
    files = sorted(_files(root, stack))
    state = next((file for file in files if _is_state(file, stack.name, "")), None)
    backup = next((file for file in files if _is_state(file, stack.name, ".bak")), None)
    return StateFiles(
        kind,
        broken=[file for file in files if file.suffix == SIDE_FILE and not _is_json(file)],
        leftovers=[file for file in files if file.suffix == LEFTOVER],
        locks=[_lock(file) for file in files if "locks" in file.relative_to(root).parts and file.suffix == ".json"],
        state=_checkpoint(state) if state else None,
        backup=_checkpoint(backup) if backup else None,
    )


def _files(root: Path, stack: ChosenStack) -> Iterator[Path]:
    """The stack's files, and the side file of the backend's own description; old backends have no projects."""
    yield from root.glob(f"meta.yaml{SIDE_FILE}")
    for folder in (root / "stacks" / stack.project, root / "stacks"):
        for file in _listed(folder):
            if file.name.startswith((f"{stack.name}.json", f"{stack.name}.checkpoint")):
                yield file
    for kind in ("history", "backups"):
        for folder in (root / kind / stack.project / stack.name, root / kind / stack.name):
            yield from _listed(folder)
    for folder in (root / "locks" / "organization" / stack.project / stack.name, root / "locks" / stack.name):
        yield from _listed(folder)


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from (file for file in folder.iterdir() if file.is_file() and not file.is_symlink())
    except (FileNotFoundError, NotADirectoryError):
        return


def _is_state(file: Path, stack: str, ending: str) -> bool:
    return file.parent.name != "locks" and file.name in {f"{stack}.json{packed}{ending}" for packed in ("", ".gz")}


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True


def _checkpoint(file: Path) -> Checkpoint:
    try:
        content = file.read_bytes()
        document: Any = json.loads(gzip.decompress(content) if ".gz" in file.suffixes else content)
        latest = cast("dict[str, Any]", document["checkpoint"].get("latest") or {})
        resources = frozenset(str(one["urn"]) for one in latest.get("resources") or ())
        return Checkpoint(file, resources, len(latest.get("pending_operations") or ()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        return Checkpoint(file, unreadable=" ".join(str(error).split()) or type(error).__name__)


def _lock(file: Path) -> Lock:
    try:
        content: dict[str, Any] = json.loads(file.read_bytes())
        host, pid = str(content["hostname"]), int(content["pid"])
        run = f"{content.get('username')}@{host} (pid {pid})"
        return Lock(
            file, run, str(content.get("timestamp", "")), _is_dead(pid) if host == socket.gethostname() else None
        )
    except (ValueError, TypeError, KeyError, FileNotFoundError):
        # A lock that a run is just making, or that was cut off.
        return Lock(file, "a run that it does not name", "", None)


def _is_dead(pid: int) -> bool:
    """Whether no run has this process id on this computer, even if another program has it by now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    try:
        return "pulumi" not in Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return False
