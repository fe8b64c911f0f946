"""How a remote command is run: its host, its input, its variables, its end.

Sources are files of github.com/pulumi/pulumi-command, below provider/pkg/provider.
"""

import threading
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from google.protobuf import empty_pb2

from meshx.plugin_base.property_values import Secret
from tests.conformance.commands.conftest import COMMAND, inputs, plain
from tests.conformance.commands.ssh_host import SshHost, SshHosts
from tests.conformance.engine import Engine, FailedError


def failure(engine: Engine, given: dict[str, Any], timeout: float = 0) -> str:
    """What the user is told of a create that fails."""
    with pytest.raises(FailedError) as error:
        engine.create(COMMAND, given, timeout=timeout)
    return str(error.value)


def test_the_command_reads_stdin_to_its_end(engine: Engine, host: SshHost) -> None:
    """remote/commandOutputs.go, run."""
    state = engine.create(COMMAND, inputs(host, create="cat; echo .", stdin="one\ntwo"))
    assert plain(state.outputs["stdout"]) == "one\ntwo."
    assert plain(engine.create(COMMAND, inputs(host, create="cat; echo .")).outputs["stdout"]) == "."


def test_a_command_that_fails_is_told_with_all_that_it_printed_and_nothing_is_kept(
    engine: Engine, host: SshHost
) -> None:
    """remote/commandOutputs.go, run; golang.org/x/crypto/ssh, session.go (Waitmsg)."""
    told = failure(engine, inputs(host, create='echo "one"; echo two >&2; exit 3', logging="none"))
    assert told.startswith('Process exited with status 3: running "echo \\"one\\"; echo two >&2; exit 3":\n')
    assert "one" in told and "two" in told


def test_a_failed_update_keeps_the_state_and_is_tried_again(engine: Engine, host: SshHost) -> None:
    """remote/commandController.go, Update: an error, and no partial state."""
    given = inputs(host, create="true", update="echo u >> log; exit 1")
    state = engine.create(COMMAND, given)
    with pytest.raises(FailedError, match="Process exited with status 1: running"):
        engine.update(COMMAND, state, {**given, "create": "echo b"})
    assert engine.diff(COMMAND, state, {**given, "create": "echo b"}).changes


def test_variables_reach_the_command_where_the_server_takes_them(engine: Engine, host: SshHost) -> None:
    """remote/command.go: `environment` needs AcceptEnv."""
    given = inputs(host, create='echo "$GREETING"', environment={"GREETING": "hello you"})
    assert plain(engine.create(COMMAND, given).outputs["stdout"]) == "hello you"


def test_a_variable_that_the_server_does_not_take_is_an_error_before_the_command_runs(
    engine: Engine, host: SshHost
) -> None:
    """remote/commandOutputs.go, logAndWrapSetenvErr."""
    told = failure(engine, inputs(host, create="echo a >> log", environment={"FORBIDDEN": "x"}))
    assert told == 'could not set environment variable "FORBIDDEN": ssh: setenv failed'
    assert host.written() == ""


@pytest.mark.parametrize(("wanted", "seen"), [(None, "before"), (True, "before"), (False, "")])
def test_an_update_is_given_what_was_printed_last_unless_told_otherwise(
    engine: Engine, host: SshHost, wanted: bool | None, seen: str
) -> None:
    """remote/commandOutputs.go, run (addPreviousOutputInEnv)."""
    given = inputs(host, create="echo before", update='echo "$PULUMI_COMMAND_STDOUT" >> log')
    if wanted is not None:
        given["addPreviousOutputInEnv"] = wanted
    state = engine.create(COMMAND, given)
    engine.update(COMMAND, state, {**given, "stdin": "x"})
    assert host.written() == f"{seen}\n"


def test_a_host_with_another_key_than_the_known_one_runs_nothing(
    engine: Engine, host: SshHost, hosts: SshHosts, key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    """remote/connection.go, SSHConfig (FixedHostKey); golang.org/x/crypto/ssh, client.go."""
    other = hosts.start(tmp_path, key)
    given = {"connection": host.connection(hostKey=other.host_key), "create": "echo a >> log"}
    assert failure(engine, given) == "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch"
    assert host.written() == ""


def test_without_a_known_key_any_host_is_taken(engine: Engine, host: SshHost) -> None:
    """remote/connection.go, SSHConfig (InsecureIgnoreHostKey): why meshx always gives one."""
    connection = host.connection()
    del connection["hostKey"]
    engine.create(COMMAND, {"connection": connection, "create": "echo a >> log"})
    assert host.written() == "a\n"


def test_keys_that_are_none_fail_at_once(engine: Engine, host: SshHost) -> None:
    """remote/connection.go, SSHConfig: before any dialling."""
    assert failure(engine, {"connection": host.connection(hostKey="x"), "create": "true"}).startswith(
        "failed to parse host key: "
    )
    assert failure(engine, {"connection": host.connection(privateKey="x"), "create": "true"}) == "ssh: no key found"
    assert host.dialled == 0


def test_a_key_that_the_host_does_not_take_is_told_so(engine: Engine, host: SshHost) -> None:
    """golang.org/x/crypto/ssh, client_auth.go."""
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    told = failure(engine, {"connection": host.connection(privateKey=stranger), "create": "true"})
    assert told.startswith("after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate")


def test_dialling_is_tried_as_often_as_the_limit_allows_and_once_more(engine: Engine, host: SshHost) -> None:
    """remote/connection.go, dialWithRetry and reachedDialingErrorLimit."""
    host.hangs_up = 2
    engine.create(COMMAND, {"connection": host.connection(dialErrorLimit=2), "create": "echo a >> log"})
    assert (host.dialled, host.written()) == (3, "a\n")
    host.hangs_up = 100
    assert failure(engine, {"connection": host.connection(dialErrorLimit=0), "create": "true"}).startswith(
        "after 0 failed attempts: "
    )
    assert host.dialled == 4


def test_a_port_where_nobody_listens_is_told(engine: Engine, host: SshHost) -> None:
    """Go's net package: OpError."""
    told = failure(engine, {"connection": host.connection(port=1), "create": "true"})
    assert told.startswith("after 1 failed attempts: dial tcp ")
    assert told.endswith(":1: connect: connection refused")


def test_a_host_that_says_nothing_is_waited_for_beyond_every_limit(
    own_engine: Engine, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """golang.org/x/crypto/ssh, client.go, Dial: `perDialTimeout` is for TCP alone, and nothing else ends a handshake.

    The call itself is what ends here; the engine sets it no limit.
    """
    connection = {"host": "127.0.0.1", "port": silent_port, "dialErrorLimit": 0, "perDialTimeout": 1}
    monkeypatch.setattr("tests.conformance.engine._TIMEOUT_SECONDS", 4)
    assert failure(own_engine, {"connection": connection, "create": "true"}, timeout=2) == "Deadline Exceeded"


def test_the_operations_time_limit_ends_dialling_without_end(engine: Engine, host: SshHost) -> None:
    """pulumi-go-provider, middleware/cancel; remote/connection.go, dialWithRetry."""
    given = {"connection": host.connection(port=1, dialErrorLimit=-1), "create": "true"}
    assert failure(engine, given, timeout=1) == "context deadline exceeded"


def test_the_operations_time_limit_does_not_end_a_command_that_runs(engine: Engine, host: SshHost) -> None:
    """remote/commandOutputs.go, run: session.Run knows no context. Why meshx puts a limit on the machine itself."""
    engine.create(COMMAND, inputs(host, create="sleep 1.5; echo a >> log"), timeout=1)
    assert host.written() == "a\n"


def test_cancelling_does_not_end_a_command_that_runs(own_engine: Engine, host: SshHost) -> None:
    """remote/commandOutputs.go, run: session.Run knows no context."""
    threading.Timer(1, lambda: own_engine._call("Cancel", empty_pb2.Empty())).start()
    own_engine.create(COMMAND, inputs(host, create="sleep 2; echo a >> log"))
    assert host.written() == "a\n"


def test_cancelling_ends_dialling(own_engine: Engine, host: SshHost) -> None:
    """remote/connection.go, dialWithRetry: the context is looked at between two tries."""
    threading.Timer(1, lambda: own_engine._call("Cancel", empty_pb2.Empty())).start()
    given = {"connection": host.connection(port=1, dialErrorLimit=-1), "create": "true"}
    assert failure(own_engine, given) == "context canceled"


def test_a_command_that_a_signal_ends_is_told_by_its_number(engine: Engine, host: SshHost) -> None:
    """golang.org/x/crypto/ssh, session.go, wait."""
    told = failure(engine, inputs(host, create="kill -9 $$"))
    assert told == 'Process exited with status 137 from signal KILL: running "kill -9 $$":\n'


def test_a_failed_commands_secrets_are_told_in_plain_words(engine: Engine, host: SshHost) -> None:
    """remote/commandOutputs.go, run. Why no secret belongs in a command's text."""
    told = failure(engine, inputs(host, create=Secret("echo hidden-word\t; exit 3")))
    assert told == 'Process exited with status 3: running "echo hidden-word\\t; exit 3":\nhidden-word\n'


def test_output_that_is_no_utf_8_fails_a_command_that_has_run(engine: Engine, host: SshHost) -> None:
    """gRPC takes no other text in a message. Nothing is kept, so that the command runs again the next time."""
    told = failure(engine, inputs(host, create="echo a >> log; printf '\\377'", logging="none"))
    assert told == "grpc: error while marshaling: string field contains invalid UTF-8"
    assert host.written() == "a\n"


def test_a_variable_that_no_shell_can_hold_is_not_taken_either(engine: Engine, host: SshHost) -> None:
    """remote/commandOutputs.go, logAndWrapSetenvErr."""
    told = failure(engine, inputs(host, create="true", environment={"NOT-A-NAME": "x"}))
    assert told == 'could not set environment variable "NOT-A-NAME": ssh: setenv failed'


@pytest.mark.parametrize(
    ("connection", "told"),
    [
        ({"hostKey": ""}, "failed to parse host key: ssh: no key found"),
        ({"privateKey": ""}, "ssh: no key found"),
        ({"agentSocketPath": ""}, "dial unix: missing address"),
        ({"privateKeyPassword": "x"}, "ssh: key is not password protected"),
    ],
)
def test_what_is_given_empty_or_for_nothing_fails_at_once(
    engine: Engine, host: SshHost, connection: dict[str, str], told: str
) -> None:
    """remote/connection.go, SSHConfig: what is there counts, an empty text too."""
    assert failure(engine, {"connection": host.connection(**connection), "create": "true"}) == told
    assert host.dialled == 0


def test_a_key_in_encrypted_pkcs_8_is_not_read(engine: Engine, host: SshHost, key: asyncssh.SSHKey) -> None:
    """golang.org/x/crypto/ssh, keys.go, ParseRawPrivateKey."""
    locked = key.export_private_key("pkcs8-pem", passphrase="word").decode()
    for more, told in (
        ({}, 'ssh: unsupported key type "ENCRYPTED PRIVATE KEY"'),
        ({"privateKeyPassword": "word"}, "ssh: not an encrypted key"),
    ):
        assert failure(engine, {"connection": host.connection(privateKey=locked, **more), "create": "true"}) == told


def test_a_handshake_behind_a_proxy_is_tried_once_and_its_cause_is_lost(
    engine: Engine, host: SshHost, hosts: SshHosts, key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    """remote/connection.go, Dial: the further tries go over the way that the first one has closed."""
    bastion = hosts.start(tmp_path, key)
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    through = host.connection(privateKey=stranger, proxy=bastion.connection())
    told = failure(engine, {"connection": through, "create": "true"})
    assert told == "proxy: after 1 failed attempts: ssh: handshake failed: EOF"
    once = failure(engine, {"connection": {**through, "dialErrorLimit": 0}, "create": "true"})
    assert once.startswith("proxy: after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate")
    assert len(bastion.forwarded) == 2


def test_a_port_behind_a_proxy_where_nobody_listens_is_tried_again(
    engine: Engine, host: SshHost, hosts: SshHosts, key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    """remote/connection.go, Dial ("Dial from proxy")."""
    bastion = hosts.start(tmp_path, key)
    through = host.connection(port=1, proxy=bastion.connection())
    told = failure(engine, {"connection": through, "create": "true"})
    assert told.startswith("proxy: after 1 failed attempts: ssh: rejected: connect failed (")
    assert bastion.forwarded == [1, 1]


def test_a_proxy_is_logged_in_to_first_and_the_host_reached_from_there(
    engine: Engine, host: SshHost, hosts: SshHosts, key: asyncssh.SSHKey, tmp_path: Path
) -> None:
    """remote/connection.go, Dial."""
    bastion = hosts.start(tmp_path, key)
    through = host.connection(proxy=bastion.connection())
    engine.create(COMMAND, {"connection": through, "create": "echo a >> log"})
    assert (host.written(), bastion.forwarded) == ("a\n", [host.port])
    wrong = host.connection(proxy=bastion.connection(hostKey=host.host_key))
    assert failure(engine, {"connection": wrong, "create": "true"}) == (
        "proxy: after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch"
    )


def test_an_agents_keys_log_in_too(engine: Engine, host: SshHost, agent_socket: Path) -> None:
    """remote/connection.go, SSHConfig: `agentSocketPath` (or SSH_AUTH_SOCK). So no key needs to be in the inputs."""
    connection = host.connection(agentSocketPath=str(agent_socket))
    del connection["privateKey"]
    engine.create(COMMAND, {"connection": connection, "create": "echo a >> log"})
    assert host.written() == "a\n"


def test_an_agent_that_is_not_there_fails_at_once(engine: Engine, host: SshHost) -> None:
    """remote/connection.go, SSHConfig: before any dialling."""
    told = failure(engine, {"connection": host.connection(agentSocketPath="gone.sock"), "create": "true"})
    assert told.startswith("dial unix ") and told.endswith("connect: no such file or directory")
    assert host.dialled == 0
