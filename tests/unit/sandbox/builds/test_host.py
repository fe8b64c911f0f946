"""What the sandbox says of a host that it cannot run on: one sentence with the remedy and the other way."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import __main__ as command_line
from sandbox.builds import BuildError, host

OTHER_WAY = 'see "A cluster of your own" in README.md.'


def test_another_system_than_linux_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert host.what_is_missing().startswith("The sandbox needs Linux, and this is darwin. ")
    assert host.what_is_missing().endswith(OTHER_WAY)


def test_a_user_without_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert host.what_is_missing().startswith("The sandbox needs root, ")
    assert host.what_is_missing().endswith(OTHER_WAY)


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    gone = {"containerd", "systemd-nspawn"}
    monkeypatch.setattr(shutil, "which", lambda program, path: None if program in gone else f"/usr/bin/{program}")
    assert "apt-get install containerd systemd-container. " in host.what_is_missing()


def test_the_command_line_ends_with_that_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert command_line.main(["up"]) == 1
    assert capsys.readouterr().err == host.what_is_missing() + "\n"


@pytest.fixture
def fitting_host(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A host that has everything; the commands run on it are recorded, not executed."""
    commands: list[list[str]] = []

    def record(command: list[str], _purpose: str, **_rest: object) -> str:
        commands.append(command)
        return ""

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: f"/usr/bin/{program}")
    monkeypatch.setattr(host, "run", record)
    return commands


def test_a_host_that_has_everything_is_left_alone(fitting_host: list[list[str]]) -> None:
    host.install_packages()
    assert fitting_host == []


def test_only_what_is_missing_is_installed_with_its_service_off_and_without_removing_anything(
    fitting_host: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policies_seen: list[bool] = []
    policy = tmp_path / "policy-rc.d"

    def record(command: list[str], _purpose: str, **_rest: object) -> str:
        fitting_host.append(command)
        if command[:2] == ["apt-get", "install"]:
            policies_seen.append(subprocess.run([policy], check=False).returncode == 101)
        return ""

    monkeypatch.setattr(host, "run", record)
    monkeypatch.setattr(host, "POLICY", policy)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None if program == "containerd" else "/usr/bin/it")
    host.install_packages(lambda _line: None)
    update, install, disable = fitting_host
    assert update[:2] == ["apt-get", "update"]
    assert "--no-remove" in install
    assert install[-1] == "containerd"
    assert "mmdebstrap" not in install
    assert disable == ["systemctl", "disable", "--quiet", "containerd.service"]
    assert policies_seen == [True]
    assert not policy.exists()


def test_an_administrators_own_service_policy_stays(
    fitting_host: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(host, "POLICY", policy)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None if program == "ip" else "/usr/bin/it")
    host.install_packages(lambda _line: None)
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        (os, ("geteuid", lambda: 1000), "The sandbox needs root, "),
        (sys, ("platform", "darwin"), "The sandbox needs Linux, and this is darwin."),
        (shutil, ("which", lambda program, path=None: None), "this system has no apt-get."),
    ],
    ids=["no root", "no linux", "no apt"],
)
def test_on_an_unfit_host_nothing_is_installed_and_the_error_names_the_other_way(
    what: object,
    value: tuple[str, object],
    said: str,
    fitting_host: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(what, *value)
    with pytest.raises(BuildError) as error:
        host.install_packages(lambda _line: None)
    assert said in str(error.value)
    assert str(error.value).endswith(OTHER_WAY)
    assert fitting_host == []
