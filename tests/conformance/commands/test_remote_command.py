"""What `command:remote:Command` does. Sources are files of github.com/pulumi/pulumi-command (provider/pkg/provider).

A Pulumi plugin of Go's also follows github.com/pulumi/pulumi-go-provider; where that decides, its file is named.
"""

from typing import Any

import pytest

from meshx.plugin_base.property_values import UNKNOWN, Secret
from tests.conformance.commands.conftest import COMMAND, inputs, plain
from tests.conformance.commands.ssh_host import SshHost
from tests.conformance.engine import Engine, FailedError, State, plugin_version


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


def test_a_changed_connection_is_an_update_of_the_whole_of_it(engine: Engine, host: SshHost) -> None:
    """remote/command.go: `connection` is secret and does not replace; a diff does not look into secrets."""
    state = engine.create(COMMAND, inputs(host, create="true"))
    changed = engine.diff(COMMAND, state, {**inputs(host, create="true"), "connection": host.connection(port=1)})
    assert (changed.detailed, changed.replaces) == ({"connection": "UPDATE"}, [])


def test_a_changed_trigger_is_told_as_an_update_and_new_triggers_as_a_replacement(
    engine: Engine, host: SshHost
) -> None:
    """pulumi-go-provider, infer/resource.go, diff (forceReplace): by the whole path.

    The engine replaces by a changed one, as the SDK's resource asks for by `replace_on_changes`: `triggers[*]`.
    """
    given = inputs(host, create="true", triggers=["a", "b"])
    state = engine.create(COMMAND, given)
    changed = engine.diff(COMMAND, state, {**given, "triggers": ["a", "c", "d"]})
    assert (changed.detailed, changed.replaces) == ({"triggers[1]": "UPDATE", "triggers[2]": "ADD"}, [])
    gone = engine.diff(COMMAND, state, inputs(host, create="true"))
    assert (gone.detailed, gone.replaces) == ({"triggers": "DELETE_REPLACE"}, ["triggers"])


def test_a_value_that_becomes_a_secret_is_a_change(engine: Engine, host: SshHost) -> None:
    """properties_diff.go, DeepEquals: a secret equals secrets only. So marking a command secret runs `update`."""
    state = engine.create(COMMAND, inputs(host, create="true"))
    assert engine.diff(COMMAND, state, inputs(host, create=Secret("true"))).detailed == {"create": "UPDATE"}


def test_what_is_compared_are_the_old_inputs_and_not_the_state(engine: Engine, host: SshHost) -> None:
    """infer/resource.go, diff (SupportsOldInputs)."""
    state = engine.create(COMMAND, inputs(host, create="true"))
    other = State(state.id, state.inputs, {**state.outputs, "create": "false"})
    assert not engine.diff(COMMAND, other, inputs(host, create="true")).changes


def test_a_connection_that_is_not_known_yet_is_no_change(engine: Engine, host: SshHost) -> None:
    """properties_diff.go, diff: an output that is not known yet is the same; a part of it that is not is a change."""
    state = engine.create(COMMAND, inputs(host, create="true"))
    assert not engine.diff(COMMAND, state, {"connection": UNKNOWN, "create": "true"}).changes
    partly = {"connection": {**host.connection(), "host": UNKNOWN}, "create": "true"}
    assert engine.diff(COMMAND, state, partly).detailed == {"connection": "UPDATE"}


def test_the_connection_is_a_secret_of_inputs_and_state_with_its_defaults_filled_in(
    engine: Engine, host: SshHost
) -> None:
    """remote/command.go (tag `secret`); remote/connection.go, Annotate (defaults)."""
    bare = {"host": "somewhere", "proxy": {"host": "bastion"}}
    checked = engine.check(COMMAND, {"connection": bare})
    defaults = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
    assert isinstance(checked["connection"], Secret)
    assert checked["connection"].value == {**bare, **defaults, "proxy": {"host": "bastion", **defaults}}
    assert isinstance(engine.create(COMMAND, inputs(host)).outputs["connection"], Secret)


def test_nothing_but_the_connection_has_defaults_and_what_is_null_is_left_out(engine: Engine) -> None:
    """remote/command.go: addPreviousOutputInEnv is true where it is not said, and not filled in."""
    connection = {"host": "somewhere", "proxy": None}
    checked = engine.check(COMMAND, {"connection": connection, "create": None, "environment": {"A": None}})
    assert set(checked) == {"connection", "environment"} and checked["environment"] == {}
    assert "proxy" not in checked["connection"].value


def test_each_secret_keeps_its_own_mark(engine: Engine) -> None:
    """infer/apply_secrets.go."""
    given = {"connection": {"host": "h", "privateKey": "k"}, "triggers": ["a", Secret("b")]}
    checked = engine.check(COMMAND, given)
    assert checked["triggers"] == ["a", Secret("b")]
    assert checked["connection"].value["privateKey"] == Secret("k")


def test_a_connection_that_is_not_known_yet_is_let_pass_in_a_preview(engine: Engine) -> None:
    """pulumi-go-provider, infer/resource.go, Check and Create (DryRun)."""
    engine.preview_create(COMMAND, {"connection": {"host": UNKNOWN}, "create": "true"})


def test_a_previewed_change_shows_what_was_printed_last_unless_an_input_is_not_known_yet(
    engine: Engine, host: SshHost
) -> None:
    """remote/commandController.go, Update; infer/resource.go, getDependencies. A preview of a new one knows neither."""
    given = inputs(host, create="echo out")
    assert engine.preview_create(COMMAND, given)["stdout"] is UNKNOWN
    state = engine.create(COMMAND, given)
    assert engine.update(COMMAND, state, {**given, "stdin": "x"}, preview=True).outputs["stdout"] == "out"
    assert engine.update(COMMAND, state, {**given, "stdin": UNKNOWN}, preview=True).outputs["stdout"] is UNKNOWN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "connection: Missing required field 'connection' on 'remote.CommandInputs'"),
        ({"connection": {}}, "host: Missing required field 'host' on 'remote.Connection'"),
        ({"connection": {"host": 7}}, "host: Field 'host' on 'remote.Connection' must be a 'string'; got 'float64'"),
        ({"connection": "x"}, "must be a 'remote.Connection'; got 'string' instead"),
        ({"connection": {"host": "h", "port": "22"}}, "must be a 'float64'; got 'string' instead"),
        ({"connection": {"host": "h", "dialErrorLimit": True}}, "must be a 'int'; got 'bool' instead"),
        ({"connection": {"host": "h", "proxy": {}}}, "Missing required field 'host' on 'remote.ProxyConnection'"),
        (
            {"connection": {"host": "h", "proxy": {"host": "p", "proxy": {"host": "q"}}}},
            "Unrecognized field 'proxy' on 'remote.ProxyConnection'",
        ),
        ({"connection": {"host": "h"}, "create": ["a", UNKNOWN]}, "got '[]interface {}' instead"),
        ({"connection": {"host": "h"}, "environment": {"A": 1}}, "environment[A] value: Field"),
        ({"connection": {"host": "h"}, "interpreter": ["sh"]}, "interpreter: Unrecognized field 'interpreter'"),
    ],
)
def test_inputs_of_another_shape_are_refused_by_check(engine: Engine, given: dict[str, Any], said: str) -> None:
    """pulumi-go-provider, infer/resource.go, decodeCheckingMapErrors."""
    with pytest.raises(FailedError) as failed:
        engine.check(COMMAND, given)
    assert said in str(failed.value)


def test_the_plugin_says_the_version_that_the_sdk_asks_for(engine: Engine) -> None:
    """The engine looks for the SDK's version."""
    assert plugin_version(engine).startswith("1.")
