"""Images are written in the form that container runtimes import, the same bytes for the same content."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.builds import docker_archive
from sandbox.builds.docker_archive import Image


@pytest.fixture
def image(tmp_path: Path) -> Image:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0::/:\n")
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Image("localhost/one:1", {"/usr/bin/one": program}, ["/usr/bin/one"], ["serve"], root, user="1337:1337")


def read_json(archive: Path, name: str) -> Any:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(name)
        assert member is not None
        return json.load(member)


@contextmanager
def layer_of(archive: Path, number: int) -> Iterator[tarfile.TarFile]:
    (manifest,) = read_json(archive, "manifest.json")
    with tarfile.open(archive) as outer, tarfile.open(fileobj=outer.extractfile(manifest["Layers"][number])) as layer:
        yield layer


def test_the_manifest_names_the_image_its_configuration_and_its_layers(image: Image, tmp_path: Path) -> None:
    archive = tmp_path / "one.tar"
    docker_archive.write(image, archive)
    (manifest,) = read_json(archive, "manifest.json")
    config = read_json(archive, manifest["Config"])
    assert manifest["RepoTags"] == ["localhost/one:1"]
    assert config["config"]["Entrypoint"] == ["/usr/bin/one"]
    assert config["config"]["Cmd"] == ["serve"]
    assert config["config"]["User"] == "1337:1337"
    with tarfile.open(archive) as tar:
        layers = [tar.extractfile(name) for name in manifest["Layers"]]
        digests = [f"sha256:{hashlib.sha256(layer.read()).hexdigest()}" for layer in layers if layer]
    assert config["rootfs"]["diff_ids"] == digests
    assert len(digests) == 2


def test_the_upper_layer_has_the_program_as_it_is_run_and_a_folder_for_anyones_temporary_files(
    image: Image, tmp_path: Path
) -> None:
    archive = tmp_path / "one.tar"
    docker_archive.write(image, archive)
    with layer_of(archive, 1) as layer:
        assert layer.getmember("usr/bin/one").mode & 0o777 == 0o755
        assert layer.getmember("tmp").mode == 0o1777
    with layer_of(archive, 0) as layer:
        assert "etc/passwd" in layer.getnames()


def test_files_of_another_time_give_the_same_image(image: Image, tmp_path: Path) -> None:
    docker_archive.write(image, tmp_path / "first.tar")
    assert image.tree is not None
    for file in (image.files["/usr/bin/one"], image.tree / "etc" / "passwd"):
        os.utime(file, (0, 0))
    docker_archive.write(image, tmp_path / "second.tar")
    first, second = (read_json(tmp_path / name, "manifest.json") for name in ("first.tar", "second.tar"))
    assert first == second


def test_nothing_but_the_archive_is_left(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    docker_archive.write(image, folder / "one.tar")
    assert [file.name for file in folder.iterdir()] == ["one.tar"]
