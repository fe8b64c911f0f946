"""What Pulumi.yaml declares, what the reference says and what the sandbox's stack has agree with the models."""

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml
from project_folder import make_project

from meshx.config.errors.shapes import field_shape, keys_of
from meshx.config.loading import KNOWN_KEYS, OPTIONAL_KEYS, SECRET_KEYS, load
from meshx.config.reference import reference
from meshx.config.stack import StackConfiguration

ROOT = Path(__file__).parents[3]


def file(name: str) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text())


DECLARED = {key.removeprefix("meshx:"): entry for key, entry in file("Pulumi.yaml")["config"].items()}


def test_every_key_is_declared_to_pulumi_and_no_other():
    assert set(DECLARED) == KNOWN_KEYS


@pytest.mark.parametrize("key", sorted(KNOWN_KEYS))
def test_a_declared_key_has_the_models_type_and_is_required_when_the_model_says_so(key):
    place = field_shape(keys_of(StackConfiguration)[key])
    expected = "string" if key in SECRET_KEYS else "array" if place.item and place.item.section else "object"
    assert DECLARED[key]["type"] == expected
    assert ("default" in DECLARED[key]) == (key in OPTIONAL_KEYS)


@pytest.mark.parametrize("key", sorted(KNOWN_KEYS - SECRET_KEYS))
def test_pulumi_describes_a_key_as_the_model_does(key):
    assert DECLARED[key]["description"] == keys_of(StackConfiguration)[key].description


def test_the_defaults_that_pulumi_fills_in_are_taken_as_left_out(tmp_path):
    values = {key: entry["default"] for key, entry in DECLARED.items() if "default" in entry}
    values |= {"cluster": {"context": "somewhere"}, "mesh": {"istioVersion": "1.31"}}
    filled, bare = load(values, tmp_path), load({key: values[key] for key in ("cluster", "mesh")}, tmp_path)
    assert filled == bare


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
