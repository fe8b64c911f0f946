"""Which stack the doctor takes, and how it reads its file."""

import os
from pathlib import Path

import asyncssh
import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from meshx.doctor.stack_file import StackFileError, chosen_stack, stack_configuration

CONFIG = {"meshx:cluster": {"context": "somewhere"}, "meshx:mesh": {"istioVersion": "1.31"}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the stacks `dev` and `prod`, and a `pulumi` that knows of no selected one."""
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: meshx\n")
    for stack in ("dev", "prod"):
        write(tmp_path, stack, CONFIG)
    pulumi(tmp_path, monkeypatch, "exit 1")
    return tmp_path


def write(folder: Path, stack: str, config: dict[str, object]) -> None:
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))


def pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Put a `pulumi` on PATH that does something else."""
    program = folder / "bin" / "pulumi"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_the_stack_that_is_asked_for_comes_before_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    assert chosen_stack(folder, "someone/meshx/prod") == "prod"
    assert chosen_stack(folder, None) == "dev"


def test_the_stack_that_pulumi_has_selected_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(folder, monkeypatch, 'test "$*" = "stack --show-name --non-interactive" && echo prod')
    assert chosen_stack(folder, None) == "prod"


def test_the_only_stack_needs_no_name(folder: Path) -> None:
    (folder / "Pulumi.prod.yaml").unlink()
    assert chosen_stack(folder, None) == "dev"


@pytest.mark.parametrize(("asked", "words"), [(None, "no stack is selected"), ("test", "there is no stack 'test'")])
def test_without_a_stack_those_there_are_are_named(folder: Path, asked: str | None, words: str) -> None:
    with pytest.raises(StackFileError, match=rf"{words}: name one by --stack; there are dev, prod"):
        chosen_stack(folder, asked)


def test_a_folder_that_is_no_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(StackFileError, match=r"is no Pulumi project .*run this in the project's folder"):
        chosen_stack(tmp_path, "dev")


def test_a_file_is_read_and_checked_as_the_program_does(folder: Path) -> None:
    assert stack_configuration(folder, "dev").mesh.istio_version == "1.31"
    write(folder, "dev", {**CONFIG, "meshx:mehs": {}})
    with pytest.raises(ConfigurationError, match="mehs"):
        stack_configuration(folder, "dev")


def test_an_encrypted_key_is_asked_of_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    (folder / "key").write_text(key)
    write(folder, "dev", {**CONFIG, "meshx:sshPrivateKey": {"secure": "v1:abc"}})
    pulumi(folder, monkeypatch, f'echo "$@" | grep -q "get meshx:sshPrivateKey --stack dev" && cat {folder}/key')
    assert stack_configuration(folder, "dev").ssh_private_key.get_secret_value() == key


def test_a_key_that_pulumi_does_not_give_says_what_is_needed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "dev", {**CONFIG, "meshx:sshPrivateKey": {"secure": "v1:abc"}})
    pulumi(folder, monkeypatch, "echo error: passphrase must be set >&2; exit 255")
    with pytest.raises(StackFileError, match=r"is encrypted, .*passphrase must be set.*log in to the stack's backend"):
        stack_configuration(folder, "dev")
