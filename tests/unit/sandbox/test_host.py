"""What the sandbox says of a host that it cannot run on: one sentence with the remedy and the other way."""

import os
import shutil
import sys

import pytest

from sandbox import __main__ as command_line
from sandbox import host

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
    monkeypatch.setattr(shutil, "which", lambda program: None if program in gone else f"/usr/bin/{program}")
    assert "apt-get install containerd systemd-container. " in host.what_is_missing()


def test_the_command_line_ends_with_that_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert command_line.main(["up"]) == 1
    assert capsys.readouterr().err == host.what_is_missing() + "\n"
