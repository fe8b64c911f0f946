"""What root does in folders that the sidecar may write: tried as root, with another user as the proxy's."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from meshx.join.scripts_library import SCRIPTS

PROXY, ELSE = "daemon", "nobody"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can get to."""
    with TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs functions of the script."""
    head = f'PROXY_USER={PROXY}; say() {{ echo "$*"; }}; cannot_write() {{ echo "$1 cannot be written" >&2; exit 5; }}'

    def call(functions: str) -> subprocess.CompletedProcess[str]:
        words = ["bash", "-euo", "pipefail", "-c", f"umask 077; {head}; . {SCRIPTS}/proxy_user.sh; {functions}"]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=20)

    return call


def owned(path: Path, owner: str) -> Path:
    """The path, given away; a folder is made where it is missing."""
    if not os.path.lexists(path):
        path.mkdir()
    shutil.chown(path, owner, follow_symlinks=False) if path.is_symlink() else shutil.chown(path, owner)
    return path


def test_folders_on_the_way_to_a_file_of_roots_become_roots(run: Run, folder: Path) -> None:
    inner = owned(owned(folder / "outer", PROXY) / "inner", PROXY)
    (folder / "new").write_text("content")
    assert run(f"place root:root 0644 {folder}/new {inner}/file").returncode == 0
    assert [path.owner() for path in (folder / "outer", inner, inner / "file")] == ["root"] * 3
    assert run(f"place root:root 0644 {folder}/new {inner}/file").returncode == 1


def test_a_link_of_the_proxys_goes_and_one_of_roots_is_followed(run: Run, folder: Path) -> None:
    (folder / "target").mkdir()
    (folder / "roots").symlink_to(folder / "target")
    given = owned(folder / "given", PROXY)
    (given / "link").symlink_to(folder / "target")
    os.chown(given / "link", given.stat().st_uid, -1, follow_symlinks=False)
    assert run(f"settle {folder}/roots; echo $settled").stdout == f"{folder}/target\n"
    assert run(f"settle {given}/link; echo $settled").stdout.splitlines()[-1] == f"{given}/link"
    assert (given / "link").is_dir()
    assert not (given / "link").is_symlink()


def test_a_folder_of_somebody_elses_is_refused_with_the_remedy(run: Run, folder: Path) -> None:
    theirs = owned(folder / "theirs", ELSE)
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    for path in (theirs, folder / "open"):
        done = run(f"place root:root 0644 /dev/null {path}/file")
        assert done.returncode == 5
        assert f"chown root:root {path}; chmod 0755 {path}" in done.stderr
        assert list(path.iterdir()) == []


def test_a_folder_gets_its_owner_and_no_link_in_its_place_does(run: Run, folder: Path) -> None:
    (folder / "target").mkdir()
    given = owned(folder / "given", PROXY)
    (given / "folder").symlink_to(folder / "target")
    os.chown(given / "folder", given.stat().st_uid, -1, follow_symlinks=False)
    assert run(f"own_folder {PROXY}:{PROXY} 0755 {given}/folder").returncode == 0
    assert (folder / "target").owner() == "root"
    assert ((given / "folder").owner(), (given / "folder").is_symlink()) == (PROXY, False)
    assert run(f"own_folder {PROXY}:{PROXY} 0755 {given}/folder").returncode == 1


def test_what_is_the_proxys_is_written_by_its_own_user(run: Run, folder: Path) -> None:
    given = owned(folder / "given", PROXY)
    secret = folder / "secret"
    secret.write_text("for root alone")
    secret.chmod(0o600)
    (given / "file").symlink_to(secret)
    (folder / "new").write_text("content")
    place = f"place {PROXY}:{PROXY} 0640 {folder}/new {given}/file"
    assert run(place).returncode == 0
    assert ((given / "file").read_text(), (given / "file").owner(), given.owner()) == ("content", PROXY, PROXY)
    assert (secret.read_text(), secret.owner()) == ("for root alone", "root")
    assert run(place).returncode == 1
    (given / "file").chmod(0o644)
    assert run(place).returncode == 0
    assert (given / "file").stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_the_proxys_is_told(run: Run, folder: Path) -> None:
    (folder / "roots").mkdir()
    (folder / "new").write_text("content")
    done = run(f"place {PROXY}:{PROXY} 0640 {folder}/new {folder}/roots/file")
    assert (done.returncode, list((folder / "roots").iterdir())) == (5, [])
    assert f"{folder}/roots/file cannot be written" in done.stderr


def test_only_files_are_read_and_only_such_as_the_proxy_may_read(run: Run, folder: Path) -> None:
    (folder / "plain").write_text("content")
    (folder / "roots").write_text("for root alone")
    (folder / "roots").chmod(0o600)
    (folder / "link").symlink_to(folder / "plain")
    os.mkfifo(folder / "pipe")
    assert run(f"plain {folder}/plain").stdout == "content"
    assert run(f"last_lines 1 {folder}/plain").stdout == "content"
    for name in ("roots", "link", "pipe", "missing"):
        assert run(f"plain {folder}/{name}; last_lines 1 {folder}/{name}").stdout == ""
