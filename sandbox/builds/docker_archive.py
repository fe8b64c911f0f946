"""Container images written as docker-archive files, which `ctr image import` reads, without a container tool.

Format: Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"
(https://github.com/moby/docker-image-spec): layer tars, a configuration named by its digest, and manifest.json.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """What an image holds and runs.

    name: repository and tag. trees: folders on disk, each copied as a layer of its own, lowest first. files: path in
    the image to the file on disk that is copied there, as the top layer. user: "UID:GID", or "" for root.
    """

    name: str
    files: Mapping[str, Path]
    entrypoint: Sequence[str]
    command: Sequence[str] = ()
    trees: Sequence[Path] = ()
    user: str = ""
    environment: Sequence[str] = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
    architecture: str = "amd64"


def write(image: Image, archive: Path) -> None:
    """Write `image` to the file `archive`. The same content gives the same bytes, times and owners set to zero."""
    layers = [archive.with_suffix(f".layer{number}") for number in range(len(image.trees) + 1)]
    try:
        for layer, tree in zip(layers, image.trees, strict=False):
            _write_tar(layer, lambda tar, tree=tree: tar.add(tree, arcname="", filter=_anonymous))
        _write_tar(layers[-1], lambda tar: _add_files(tar, image.files))
        _write_archive(image, archive, layers)
    finally:
        for layer in layers:
            layer.unlink(missing_ok=True)


def _write_archive(image: Image, archive: Path, layers: Sequence[Path]) -> None:
    digests = [_sha256(layer) for layer in layers]
    config = {
        "architecture": image.architecture,
        "os": "linux",
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Cmd": list(image.command),
            "Env": list(image.environment),
            "User": image.user,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }
    config_text = json.dumps(config, sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config_text).hexdigest()}.json"
    layer_names = [f"{digest}/layer.tar" for digest in digests]
    manifest = [{"Config": config_name, "RepoTags": [image.name], "Layers": layer_names}]
    with tarfile.open(archive, "w") as tar:
        for name, layer in zip(layer_names, layers, strict=True):
            tar.add(layer, arcname=name, filter=_anonymous)
        _add_text(tar, config_name, config_text)
        _add_text(tar, "manifest.json", json.dumps(manifest).encode())


def _write_tar(file: Path, fill: Callable[[tarfile.TarFile], None]) -> None:
    with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as tar:
        fill(tar)


def _add_files(tar: tarfile.TarFile, files: Mapping[str, Path]) -> None:
    folders = {str(parent) for path in files for parent in Path(path.lstrip("/")).parents} - {"."}
    for folder in sorted(folders | {"tmp"}):
        entry = tarfile.TarInfo(folder)
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o1777 if folder == "tmp" else 0o755
        tar.addfile(entry)
    for path, source in sorted(files.items()):
        tar.add(source.resolve(), arcname=path.lstrip("/"), filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry


def _add_text(tar: tarfile.TarFile, name: str, text: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text)
    entry.mode = 0o644
    tar.addfile(entry, io.BytesIO(text))


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
