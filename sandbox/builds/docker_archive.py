"""Container images written as docker-archive files, which `ctr image import` reads, without a container tool.

Format: Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"
(https://github.com/moby/docker-image-spec): layer tars, a configuration named by its digest, and manifest.json.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.builds.commands import run

PATHS = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SAME_BYTES = (
    *("--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=posix"),
    "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime",
)


@dataclass(frozen=True)
class Image:
    """What an image holds and runs.

    name: repository and tag. files: path in the image to the file on disk that is copied there. tree: a folder on disk
    with what lies below them. user: "UID:GID", or "" for root.
    """

    name: str
    files: Mapping[str, Path]
    entrypoint: Sequence[str]
    command: Sequence[str] = ()
    tree: Path | None = None
    user: str = ""


def write(image: Image, archive: Path) -> None:
    """Write `image` to the file `archive`. The same content gives the same bytes, times and owners set to zero."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as made:
        files, parts = Path(made, "files"), Path(made, "parts")
        for path, source in image.files.items():
            target = files / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        (files / "tmp").mkdir(exist_ok=True)
        (files / "tmp").chmod(0o1777)
        parts.mkdir()
        layers = [_layer(folder, parts) for folder in (image.tree, files) if folder]
        run_by = {"Entrypoint": list(image.entrypoint), "Cmd": list(image.command), "Env": [PATHS], "User": image.user}
        content = {
            "architecture": "amd64",
            "os": "linux",
            "config": {**run_by, "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.removesuffix('.tar')}" for layer in layers]},
        }
        text = json.dumps(content, sort_keys=True)
        config = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        (parts / config).write_text(text)
        manifest = [{"Config": config, "RepoTags": [image.name], "Layers": layers}]
        (parts / "manifest.json").write_text(json.dumps(manifest))
        _tar(parts, archive)


def _layer(folder: Path, parts: Path) -> str:
    """Pack a folder as a layer among the `parts` of an archive; returns its name, which has its digest."""
    packed = parts / "layer"
    _tar(folder, packed)
    with packed.open("rb") as content:
        digest = hashlib.sha256()
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return packed.rename(parts / f"{digest.hexdigest()}.tar").name


def _tar(folder: Path, file: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    command = ["tar", "--create", f"--file={file}", f"--directory={folder}", *SAME_BYTES, *names]
    run(command, f"pack {file.name}")
