"""What the reference says and what the sandbox's stack has agree with the models."""

import shutil
import socket
from pathlib import Path
from typing import Any

import yaml
from project_folder import make_project

from meshx.config.loading import load
from meshx.config.reference import reference

ROOT = Path(__file__).parents[3]


def file(name: str) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text())


def test_the_reference_says_what_the_models_say():
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert page == reference(), "write it again: python -m meshx.config.reference > docs/configuration.md"


def test_the_sandboxs_stack_stands_where_the_sandbox_is_up(tmp_path, monkeypatch):
    values = {key.removeprefix("meshx:"): value for key, value in file("Pulumi.dev.yaml")["config"].items()}
    state = tmp_path / ".sandbox"
    state.mkdir()
    make_project(state)
    (state / "kubeconfig").write_text("contexts: [{name: meshx-sandbox}]")
    (state / "ssh").mkdir()
    (state / "id").rename(state / "ssh" / "id_ed25519")
    monkeypatch.chdir(state / "ssh")  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent.sock")
    for name in ("vm-1", "vm-2"):
        (state / "machines" / name).mkdir(parents=True)
        shutil.copy(state / "id.pub", state / "machines" / name / "ssh_host_ed25519_key.pub")
    configuration = load(values, tmp_path, encrypted=())
    assert [(machine.name, machine.address, machine.network) for machine in configuration.machines] == [
        ("vm-1", "10.77.0.11", "network1"),
        ("vm-2", "10.79.0.12", "network2"),
    ]
