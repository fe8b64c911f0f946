"""A host that cannot carry the sandbox is told in one sentence what is missing and what to do instead."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.builds import BuildError, host_packages, install_host_packages


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
    monkeypatch.setattr(host_packages, "run", record)
    return commands


def test_a_host_that_has_everything_is_left_alone(fitting_host: list[list[str]]) -> None:
    install_host_packages()
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

    monkeypatch.setattr(host_packages, "run", record)
    monkeypatch.setattr(host_packages, "POLICY", policy)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None if program == "containerd" else "/usr/bin/it")
    install_host_packages(lambda _line: None)
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
    monkeypatch.setattr(host_packages, "POLICY", policy)
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None if program == "ip" else "/usr/bin/it")
    install_host_packages(lambda _line: None)
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_without_root_the_error_says_so_and_names_the_real_cluster(
    fitting_host: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BuildError, match=r"run it as root, or use a real cluster instead, as README\.md describes$"):
        install_host_packages()
    assert fitting_host == []


def test_without_linux_the_error_says_so_and_names_the_real_cluster(
    fitting_host: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(BuildError, match=r"needs Linux and this is darwin: use a real cluster instead"):
        install_host_packages()
    assert fitting_host == []


def test_without_apt_the_error_says_so_and_names_the_real_cluster(
    fitting_host: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None)
    with pytest.raises(BuildError, match=r"this system has no apt-get: use a real cluster instead"):
        install_host_packages()
    assert fitting_host == []
