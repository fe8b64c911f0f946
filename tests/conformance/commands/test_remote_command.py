"""What `command:remote:Command` does. Sources are files of github.com/pulumi/pulumi-command (provider/pkg/provider).

A Pulumi plugin of Go's also follows github.com/pulumi/pulumi-go-provider; where that decides, its file is named.
"""

from typing import Any

import pytest

from meshx.provider.property_values import UNKNOWN, Secret
from tests.conformance.commands.conftest import COMMAND, inputs, plain
from tests.conformance.commands.ssh_host import SshHost
from tests.conformance.engine import Engine, FailedError, plugin_version


def test_create_runs_once_and_keeps_what_was_printed_without_its_last_line_end(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go, Create; remote/commandOutputs.go, run (TrimSuffix)."""
    state = engine.create(COMMAND, inputs(host, create="echo a >> log; echo out; echo; echo err >&2"))
    assert host.written() == "a\n"
    assert (plain(state.outputs["stdout"]), plain(state.outputs["stderr"])) == ("out\n", "err")
    assert state.id.startswith("thing") and len(state.id) == len("thing") + 8


def test_a_preview_and_a_resource_without_commands_reach_no_host(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go: a preview returns at once, as do create and delete without a command."""
    engine.preview_create(COMMAND, inputs(host, create="echo a >> log"))
    engine.delete(COMMAND, engine.create(COMMAND, inputs(host)))
    assert host.dialled == 0


def test_a_change_runs_update_and_not_create_again(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go, Update."""
    state = engine.create(COMMAND, inputs(host, create="echo a >> log", update="echo u >> log"))
    changed = inputs(host, create="echo b >> log", update="echo u >> log")
    assert not engine.diff(COMMAND, state, changed).replaces
    engine.update(COMMAND, state, changed)
    assert host.written() == "a\nu\n"


def test_without_update_a_change_runs_create_again(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go, Update."""
    state = engine.create(COMMAND, inputs(host, create="echo a >> log"))
    engine.update(COMMAND, state, inputs(host, create="echo a >> log", environment={"GREETING": "x"}))
    assert host.written() == "a\na\n"


def test_delete_runs_the_states_command_over_the_states_connection(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go, Delete."""
    state = engine.create(COMMAND, inputs(host, create="true", delete="echo d >> log"))
    engine.delete(COMMAND, state)
    assert host.written() == "d\n"


def test_what_was_given_anew_is_all_that_differs(engine: Engine, host: SshHost) -> None:
    """pulumi-go-provider, infer/resource.go, diff: inputs against the state's, outputs left aside."""
    given = inputs(host, create="echo out", triggers=["v1"])
    state = engine.create(COMMAND, given)
    assert not engine.diff(COMMAND, state, given).changes
    changed = engine.diff(COMMAND, state, {**given, "create": "echo other"})
    assert (changed.detailed, changed.replaces) == ({"create": "UPDATE"}, [])


def test_a_changed_connection_is_an_update(engine: Engine, host: SshHost) -> None:
    """remote/command.go: `connection` is secret and does not replace."""
    state = engine.create(COMMAND, inputs(host, create="true"))
    changed = engine.diff(COMMAND, state, {**inputs(host, create="true"), "connection": host.connection(port=1)})
    assert (list(changed.detailed), changed.replaces) == (["connection.port"], [])


def test_the_connection_is_a_secret_of_inputs_and_state_with_its_defaults_filled_in(
    engine: Engine, host: SshHost
) -> None:
    """remote/command.go (tag `secret`); remote/connection.go, Annotate (defaults)."""
    bare = {"host": "somewhere", "proxy": {"host": "bastion"}}
    checked = engine.check(COMMAND, {"connection": bare})
    defaults = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
    assert isinstance(checked["connection"], Secret)
    assert checked["connection"].value == {**bare, **defaults, "proxy": {"host": "bastion", **defaults}}
    assert checked["addPreviousOutputInEnv"] is True
    assert isinstance(engine.create(COMMAND, inputs(host)).outputs["connection"], Secret)


def test_a_connection_that_is_not_known_yet_is_let_pass_in_a_preview(engine: Engine) -> None:
    """pulumi-go-provider, infer/resource.go, Check and Create (DryRun)."""
    engine.preview_create(COMMAND, {"connection": {"host": UNKNOWN}, "create": "true"})


@pytest.mark.parametrize("given", [{}, {"connection": {}}, {"connection": {"host": 7}}, {"connection": "somewhere"}])
def test_inputs_of_another_shape_are_refused_by_check(engine: Engine, given: dict[str, Any]) -> None:
    """pulumi-go-provider, infer/resource.go, decodeCheckingMapErrors."""
    with pytest.raises(FailedError, match=r"connection|host"):
        engine.check(COMMAND, given)


def test_the_plugin_says_the_version_that_the_sdk_asks_for(engine: Engine) -> None:
    """The engine looks for the SDK's version."""
    assert plugin_version(engine).startswith("1.")
