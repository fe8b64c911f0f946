"""Which stack is meant, and what its configuration is, by what `pulumi` says; tests/engine asks the real one."""

import json
import os
from pathlib import Path

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.owner import stack_owner
from meshx.stack.pulumi_command import PulumiCommandError
from meshx.stack.stack_choice import StackChoiceError, chosen_stack, configuration_of, owner_of, settings_of

CONFIG = {
    "meshx:cluster": {"value": '{"context":"somewhere"}', "secret": False},
    "meshx:mesh": {"value": '{"istioVersion":"1.31"}', "secret": False},
    "kubernetes:context": {"value": "others", "secret": False},
}
STACKS = [{"name": "dev", "current": False}, {"name": "prod", "current": False}]


class Pulumi:
    """A `pulumi` on PATH that answers with prepared words, and writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stacks(STACKS)
        self.config(CONFIG)
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\ncd {folder}\necho "$*" >> calls\n[ ! -e error ] || {{ cat error >&2; exit 255; }}\n'
            'case "$1" in stack) cat stacks;; config) cat config;; esac\n'
        )
        program.chmod(0o755)

    def stacks(self, stacks: object) -> None:
        (self.folder / "stacks").write_text(json.dumps(stacks))

    def config(self, config: object) -> None:
        (self.folder / "config").write_text(json.dumps(config))

    def fails(self, error: str) -> None:
        (self.folder / "error").write_text(f"warning: something else\n{error}\n")

    @property
    def calls(self) -> str:
        return (self.folder / "calls").read_text()


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    """A project with the stacks `dev` and `prod`, of which none is selected."""
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: meshx\n")
    stand_in = Pulumi(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return stand_in


def test_the_stack_that_is_asked_for_comes_before_all(pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_STACK", "dev")
    asked = chosen_stack(pulumi.folder, "someone/meshx/prod")
    assert (asked.named, asked.name, asked.project) == ("someone/meshx/prod", "prod", "meshx")
    assert chosen_stack(pulumi.folder, None).name == "dev"


def test_the_stack_that_pulumi_has_selected_is_taken(pulumi: Pulumi) -> None:
    pulumi.stacks([STACKS[0], {"name": "pr.od", "current": True}])
    assert chosen_stack(pulumi.folder, None).name == "pr.od"


def test_the_only_stack_needs_no_name(pulumi: Pulumi) -> None:
    pulumi.stacks(STACKS[:1])
    assert chosen_stack(pulumi.folder, None).name == "dev"


def test_without_a_stack_those_there_are_are_named(pulumi: Pulumi) -> None:
    with pytest.raises(StackChoiceError, match=r"no stack is selected: name one by --stack; there are dev, prod"):
        chosen_stack(pulumi.folder, None)
    pulumi.stacks([])
    with pytest.raises(StackChoiceError, match=r"there is none yet \(`pulumi stack init`\)"):
        chosen_stack(pulumi.folder, None)


def test_a_folder_that_is_no_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(StackChoiceError, match=r"is no Pulumi project .*run this in the project's folder"):
        chosen_stack(tmp_path, "dev")


@pytest.mark.parametrize("written", ["on", "010", "2026-01-01"])
def test_a_projects_name_is_what_is_written(pulumi: Pulumi, written: str) -> None:
    (pulumi.folder / "Pulumi.yaml").write_text(f"name: {written}\n")
    assert chosen_stack(pulumi.folder, "dev").project == written


def test_the_configuration_is_checked_as_the_program_does(pulumi: Pulumi) -> None:
    stack = chosen_stack(pulumi.folder, "dev")
    assert configuration_of(settings_of(stack)).mesh.istio_version == "1.31"
    pulumi.config({**CONFIG, "meshx:mehs": {"value": "{}", "secret": False}})
    with pytest.raises(ConfigurationError, match="mehs"):
        configuration_of(settings_of(stack))


def test_what_is_handed_over_is_every_setting_as_one_text(pulumi: Pulumi) -> None:
    settings = settings_of(chosen_stack(pulumi.folder, "dev"))
    assert json.loads(settings.handed_over) == {key: str(entry["value"]) for key, entry in CONFIG.items()}
    assert "somewhere" not in repr(settings)


@pytest.mark.parametrize(
    ("backend", "asked", "organisation"),
    [
        ("s3://states", "dev", "organization"),
        ("https://api.pulumi.com", "payments/dev", "payments"),
        ("https://api.pulumi.com", "dev", "shop"),
    ],
)
def test_its_owner_is_the_one_that_the_program_has(
    pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch, backend: str, asked: str, organisation: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    pulumi.stacks([{"name": "dev", "url": "https://app.pulumi.com/shop/meshx/dev"}])
    stack = chosen_stack(pulumi.folder, asked)
    configuration = configuration_of(settings_of(stack))
    assert owner_of(stack, configuration) == stack_owner(organisation, backend, "meshx", "dev")


def test_an_owner_that_the_stacks_file_states_is_taken(pulumi: Pulumi) -> None:
    pulumi.config({**CONFIG, "meshx:environment": {"value": '{"owner":"meshx.old.0123456789"}', "secret": False}})
    stack = chosen_stack(pulumi.folder, "dev")
    assert owner_of(stack, configuration_of(settings_of(stack))).marks == ("meshx.old.0123456789", "meshx.old")


def test_a_secret_where_none_may_be_is_refused_and_not_shown(pulumi: Pulumi) -> None:
    pulumi.config({**CONFIG, "meshx:labels": {"value": '{"a":"hunter2"}', "secret": True}})
    with pytest.raises(ConfigurationError, match="there is a secret in it") as error:
        configuration_of(settings_of(chosen_stack(pulumi.folder, "dev")))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("error: passphrase must be set", r"passphrase must be set\): log in to the stack's backend .*PASSPHRASE"),
        ("error: failed to load checkpoint: EOF", r"EOF\): a killed run left .*make recover STACK="),
    ],
)
def test_what_pulumi_says_stands_in_one_sentence_with_the_remedy(pulumi: Pulumi, error: str, words: str) -> None:
    pulumi.fails(error)
    with pytest.raises(PulumiCommandError, match=words) as raised:
        configuration_of(settings_of(chosen_stack(pulumi.folder, "dev")))
    assert "\n" not in str(raised.value) and "something else" not in str(raised.value)


def test_without_pulumi_the_remedy_is_to_install_it(pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PulumiCommandError, match=r"can't be run .*: install Pulumi, or put it on PATH"):
        chosen_stack(pulumi.folder, None)
