"""Pulumi's home folder and the environment that leads to it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.pulumi import home


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """Prepares a home in tmp_path/"a state" from an engine that takes no time to build."""
    built = tmp_path / "built"
    built.mkdir()
    for name in ("pulumi", "pulumi-language-python-exec", "pulumi-resource-kubernetes"):
        (built / name).write_text("#!/bin/sh\n")
        (built / name).chmod(0o755)
    monkeypatch.setattr(home, "artifact", lambda name: built)
    monkeypatch.setenv("MESHX_PULUMI", "sandbox")
    return lambda: home.prepare(tmp_path / "a state")


def test_engine_and_language_host_lie_side_by_side_as_files_of_their_own(
    prepare: Callable[[], dict[str, str]], tmp_path: Path
) -> None:
    prepare()
    programs = tmp_path / "a state" / "bin"
    assert {file.name for file in programs.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
    }
    assert not any(file.is_symlink() for file in programs.iterdir())


def test_each_plugin_answers_to_the_version_of_its_sdk(prepare: Callable[[], dict[str, str]], tmp_path: Path) -> None:
    old = tmp_path / "a state" / "pulumi" / "plugins" / "resource-kubernetes-v4.0.0"
    old.mkdir(parents=True)
    old.with_name(f"{old.name}.lastused").touch()
    prepare()
    names = ["kubernetes", "command", "gcp"]
    assert {folder.name for folder in old.parent.iterdir() if folder.is_dir()} == {
        home.plugin_folder(name) for name in names
    }
    for name in names:
        assert (old.parent / home.plugin_folder(name) / f"pulumi-resource-{name}").stat().st_mode & 0o111


def test_preparing_again_changes_nothing(prepare: Callable[[], dict[str, str]], tmp_path: Path) -> None:
    def stamps() -> dict[Path, tuple[int, int]]:
        files = [file for file in (tmp_path / "a state").rglob("*") if file.is_file()]
        return {file: (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}

    prepare()
    before = stamps()
    prepare()
    assert before and stamps() == before


def test_a_new_engine_takes_the_place_of_the_old_one(prepare: Callable[[], dict[str, str]], tmp_path: Path) -> None:
    prepare()
    (tmp_path / "built" / "pulumi").unlink()
    (tmp_path / "built" / "pulumi").write_text("#!/bin/sh\necho new\n")
    prepare()
    assert (tmp_path / "a state" / "bin" / "pulumi").read_text() == "#!/bin/sh\necho new\n"


def test_a_shell_that_sources_env_twice_has_what_prepare_returned(
    prepare: Callable[[], dict[str, str]], tmp_path: Path
) -> None:
    variables = prepare()
    file = tmp_path / "a state" / "env"
    asked = ["sh", "-euc", '. "$1"; . "$1"; env -0', "sh", str(file)]
    told = subprocess.run(asked, env={"PATH": "/usr/bin:/bin"}, check=True, capture_output=True, text=True).stdout
    environment = dict(line.split("=", 1) for line in told.split("\0") if line)
    programs = str(tmp_path / "a state" / "bin")
    assert environment["PATH"] == f"{programs}:/usr/bin:/bin" and variables["PATH"].split(":")[0] == programs
    assert variables.items() - {("PATH", variables["PATH"])} <= environment.items()


def test_shells_look_for_drift_by_default_and_programs_when_they_ask_for_it(
    prepare: Callable[[], dict[str, str]], tmp_path: Path
) -> None:
    variables = prepare()
    assert "export PULUMI_OPTION_REFRESH=true" in (tmp_path / "a state" / "env").read_text().splitlines()
    assert "PULUMI_OPTION_REFRESH" not in variables
