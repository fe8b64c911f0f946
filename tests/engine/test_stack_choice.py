"""What the doctor reads of a stack is what the real `pulumi` hands the program."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from meshx.config.stack import StackConfiguration
from meshx.stack.pulumi_command import PulumiCommandError
from meshx.stack.stack_choice import StackChoiceError, chosen_stack, configuration_of, settings_of
from tests import pulumi_cli

STACK = "de.v"
FILE = """config:
  meshx:cluster: {context: somewhere}
  meshx:mesh: {istioVersion: "1.31", network: on, clusterName: yes}
  meshx:sidecar:
  workloads: [{name: vmhttp, namespace: vm}]
"""


@pytest.fixture
def project(pulumi_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one stack, whose name has a dot, and a value that the project has for all of its stacks."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "backend").mkdir()
    described: dict[str, Any] = {
        "name": "meshx",
        "runtime": "python",
        "config": {"meshx:labels": {"value": {"team": "payments"}}},
    }
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(described))
    environment = {**pulumi_environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend"}
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    pulumi(folder, "stack", "init", STACK)
    with (folder / f"Pulumi.{STACK}.yaml").open("a") as file:
        file.write(FILE)
    yield folder


def pulumi(folder: Path, *words: str) -> None:
    done = pulumi_cli.run(folder, dict(os.environ), *words, seconds=60)
    assert done.code == 0, done.text


def read(folder: Path) -> StackConfiguration:
    """The configuration of the stack that is selected."""
    return configuration_of(settings_of(chosen_stack(folder, None)))


def test_names_with_dots_keys_without_prefix_and_values_of_the_project_are_read(project: Path) -> None:
    configuration = read(project)
    assert [workload.name for workload in configuration.workloads] == ["vmhttp"]
    assert configuration.labels == {"team": "payments"}
    assert configuration.sidecar is None


def test_words_that_only_older_yaml_takes_for_true_and_false_are_texts(project: Path) -> None:
    mesh = read(project).mesh
    assert (mesh.network, mesh.cluster_name) == ("on", "yes")


def test_a_json_text_set_by_pulumi_is_read(project: Path) -> None:
    pulumi(project, "config", "set", "meshx:dns", json.dumps({"domain": "global", "servers": ["10.0.0.53"]}))
    assert read(project).dns.servers == ("10.0.0.53",)


def test_a_word_where_a_structure_is_due_is_told_by_its_path(project: Path) -> None:
    pulumi(project, "config", "set", "meshx:dns", "10.0.0.53")
    with pytest.raises(ConfigurationError, match=r"meshx:dns\n"):
        read(project)


def test_a_secret_needs_the_passphrase_and_is_read_with_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi(project, "config", "set", "--secret", "meshx:labels", '{"a":"hunter2"}')
    with pytest.raises(ConfigurationError, match="there is a secret in it"):
        read(project)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    with pytest.raises(PulumiCommandError, match=r"passphrase.*: log in to the stack's backend") as error:
        read(project)
    assert "\n" not in str(error.value)


def test_a_stack_that_is_not_there_is_answered_with_those_there_are(project: Path) -> None:
    with pytest.raises(StackChoiceError, match=rf"no stack 'nowhere': name one by --stack; there are {STACK}"):
        settings_of(chosen_stack(project, "nowhere"))


def test_without_a_login_the_remedy_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://127.0.0.1:1")
    with pytest.raises(PulumiCommandError, match=r"ACCESS_TOKEN.*log in to the stack's backend"):
        read(project)
