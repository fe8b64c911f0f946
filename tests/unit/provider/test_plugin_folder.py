"""The folder by which the engine finds the plugin, and the archives that a release offers."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from meshx.__main__ import main
from meshx.provider.plugin_folder import NAME, SYSTEMS, downloaded_files
from meshx.version import VERSION


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of Pulumi that is not there yet."""
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["meshx", "plugin", *words])
    return main()


def test_installing_twice_names_the_environment_that_it_ran_in_last(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for environment in ("/one/.venv", "/other/.venv"):
        monkeypatch.setattr(sys, "prefix", environment)
        assert _run(monkeypatch, "install") == 0
        assert capsys.readouterr().out == f"{home}/plugins/{NAME} starts the plugin out of {environment}\n"
        folder = home / "plugins" / NAME
        described = yaml.safe_load((folder / "PulumiPlugin.yaml").read_text())
        assert described["runtime"]["options"] == {"toolchain": "pip", "virtualenv": environment}
        assert {file.name for file in folder.iterdir()} == {"PulumiPlugin.yaml", "__main__.py"}


def test_without_another_word_it_goes_below_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _run(monkeypatch, "install") == 0
    assert (tmp_path / ".pulumi" / "plugins" / NAME / "__main__.py").is_file()


def test_outside_a_virtual_environment_it_says_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert _run(monkeypatch, "install") == 1
    assert "is in no virtual environment" in capsys.readouterr().err and not home.exists()


def test_a_home_that_cannot_be_written_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write_text("a file")
    assert _run(monkeypatch, "install") == 1
    assert f"{home}" in (said := capsys.readouterr().err) and "PULUMI_HOME" in said and "Traceback" not in said


def test_each_system_gets_an_archive_with_the_plugin_and_what_it_runs_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run(monkeypatch, "archives", str(tmp_path)) == 0
    names = {f"pulumi-resource-meshx-v{VERSION}-{system}.tar.gz" for system in SYSTEMS}
    assert {file.name for file in tmp_path.iterdir()} == names
    for name in names:
        with tarfile.open(tmp_path / name) as archive:
            requirements = archive.extractfile("requirements.txt")
            assert requirements is not None
            text = requirements.read().decode()
            assert "\nkubernetes==" in text and "\npulumi==" in text and "pulumi-" not in text
            names = set(archive.getnames())
            assert {"PulumiPlugin.yaml", "__main__.py", "meshx/provider/__main__.py", "meshx/scripts/join.sh"} <= names


def test_what_is_downloaded_is_no_package_that_would_need_the_plugin_again() -> None:
    """Else the engine says: cyclic dependency."""
    files = downloaded_files()
    assert b"meshx" not in files["requirements.txt"].replace(b"meshx/", b"")
    assert not [name for name in files if name.endswith("pulumi-plugin.json") or ".dist-info" in name]


def test_a_downloaded_folder_starts_by_itself(tmp_path: Path) -> None:
    for name, content in downloaded_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    started = subprocess.Popen(
        [sys.executable, str(tmp_path), "127.0.0.1:1"], cwd="/", stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    try:
        assert int(started.stdout.readline()) > 0
    finally:
        started.terminate()
        started.wait()
        started.stdout.close()


def test_archives_need_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "archives", str(tmp_path / "nowhere")) == 1
