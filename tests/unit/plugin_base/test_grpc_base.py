"""The provider service over a real gRPC channel."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from meshx.plugin_base.custom_resource import CheckFailure, Diff, Kind, PartialFailure, Read, ResourceError
from meshx.plugin_base.property_values import UNKNOWN, Properties, Secret, from_struct, to_struct
from tests.unit.plugin_base.plugin_for_tests import TOKEN, URN, PluginForTests, Served, details_of, served

WHO = {"urn": URN, "type": TOKEN, "name": "one"}
PASSWORD = "hunter2-secret"


@pytest.fixture
def engine_side() -> Iterator[Served]:
    with served() as running:
        yield running


def create(served: Served, properties: Properties, **more: object) -> provider_pb2.CreateResponse:
    return served.stub.Create(provider_pb2.CreateRequest(**WHO, properties=to_struct(properties), **more))


def raising(error: Exception) -> Callable[..., None]:
    def raise_it(*arguments: object) -> None:
        raise error

    return raise_it


def test_the_handshake_asks_for_secrets_and_not_for_resources_or_outputs(engine_side: Served) -> None:
    answer = engine_side.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    configured = engine_side.stub.Configure(provider_pb2.ConfigureRequest())
    assert answer.accept_secrets and not answer.accept_resources and not answer.accept_outputs
    assert configured.acceptSecrets and configured.supportsPreview
    assert not configured.acceptResources and not configured.acceptOutputs


@pytest.fixture
def with_components(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(PluginForTests, "constructor", ("false",))
    with served() as running:
        yield running


def test_a_plugin_with_components_asks_for_outputs_as_well(with_components: Served) -> None:
    asked = with_components.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert asked.accept_resources
    assert asked.accept_outputs and with_components.stub.Configure(provider_pb2.ConfigureRequest()).acceptOutputs


def test_a_component_that_is_not_made_fails_with_the_status_of_its_process(with_components: Served) -> None:
    with pytest.raises(grpc.RpcError) as told:
        with_components.stub.Construct(provider_pb2.ConstructRequest(type="test:index:Component", name="one"))
    assert "one was not made: its process ended without an answer" in str(told.value)


def test_the_plugin_says_its_version_and_a_schema(engine_side: Served) -> None:
    assert engine_side.stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"
    schema = json.loads(engine_side.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert schema["name"] == "test" and schema["version"] == "1.2.3"


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Parameterize", provider_pb2.ParameterizeRequest()),
        ("Call", provider_pb2.CallRequest(tok="test:index:Thing/do")),
        ("Construct", provider_pb2.ConstructRequest(type="test:index:Component")),
    ],
)
def test_what_the_plugin_does_not_do_is_refused_by_name(engine_side: Served, method: str, request_: object) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        getattr(engine_side.stub, method)(request_)
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert method in failed.value.details() and "plugin test" in failed.value.details()


def test_configuration_reaches_the_plugin_plain_and_without_the_engines_own_keys(engine_side: Served) -> None:
    given = {"key": Secret("k"), "context": "c", "version": "1.2.3", "__internal": {}}
    engine_side.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(given)))
    assert engine_side.plugin.configuration == {"key": "k", "context": "c"}


def test_check_returns_inputs_with_their_secrets_and_what_is_wrong(engine_side: Served) -> None:
    engine_side.plugin.resource.on["check"] = lambda news, olds, operation: (
        {**news, "mode": "0644"},
        [CheckFailure("bundle.files", f"{news['password']} is too short; write a longer one")],
    )
    news = {"password": Secret(PASSWORD), "later": UNKNOWN}
    answer = engine_side.stub.Check(provider_pb2.CheckRequest(**WHO, news=to_struct(news), randomSeed=b"seed"))
    assert from_struct(answer.inputs) == {**news, "mode": "0644"}
    assert answer.failures[0].property == "bundle.files"
    assert answer.failures[0].reason == "[secret] is too short; write a longer one"
    (_, plain, olds, operation) = engine_side.plugin.resource.calls[0]
    assert plain == {"password": PASSWORD, "later": UNKNOWN} and olds is None and operation.random_seed == b"seed"


def test_a_diff_tells_paths_kinds_and_replacements(engine_side: Served) -> None:
    engine_side.plugin.resource.on["diff"] = lambda *_: Diff(
        changes=True,
        replaces=["name"],
        delete_before_replace=True,
        detailed={"name": Kind.UPDATE_REPLACE, 'files["/etc/hosts"]': Kind.ADD, 'files["/etc/motd"]': Kind.DELETE},
        stables=["machineId"],
    )
    answer = engine_side.stub.Diff(provider_pb2.DiffRequest(**WHO, id="id-1", ignoreChanges=["mode"]))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["name"] and answer.deleteBeforeReplace and list(answer.stables) == ["machineId"]
    assert list(answer.diffs) == ["files", "name"] and answer.hasDetailedDiff
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(diff.kind) for path, diff in answer.detailedDiff.items()}
    assert kinds == {"name": "UPDATE_REPLACE", 'files["/etc/hosts"]': "ADD", 'files["/etc/motd"]': "DELETE"}
    assert engine_side.plugin.resource.calls[0][-1].ignore_changes == ("mode",)


def test_no_change_is_told_as_none_and_not_as_unknown(engine_side: Served) -> None:
    same = to_struct({"a": Secret("x")})
    answer = engine_side.stub.Diff(provider_pb2.DiffRequest(**WHO, id="id-1", olds=same, old_inputs=same, news=same))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_create_gives_id_and_state_with_the_inputs_secrets(engine_side: Served) -> None:
    answer = create(engine_side, {"user": "me", "password": Secret(PASSWORD)}, timeout=7)
    assert answer.id == "id-1"
    assert from_struct(answer.properties) == {"user": "me", "password": Secret(PASSWORD)}
    (_, news, operation) = engine_side.plugin.resource.calls[0]
    assert news == {"user": "me", "password": PASSWORD}
    assert (operation.urn, operation.name, operation.timeout, operation.preview) == (URN, "one", 7, False)


def test_a_preview_may_return_what_is_not_known_yet(engine_side: Served) -> None:
    engine_side.plugin.resource.on["create"] = lambda news, operation: ("", {**news, "address": UNKNOWN})
    answer = create(engine_side, {"a": Secret(UNKNOWN)}, preview=True)
    assert from_struct(answer.properties) == {"a": Secret(UNKNOWN), "address": UNKNOWN} and answer.id == ""
    assert engine_side.plugin.resource.calls[0][-1].preview


def test_update_sees_state_old_inputs_and_new_inputs(engine_side: Served) -> None:
    request = provider_pb2.UpdateRequest(
        **WHO,
        id="id-1",
        olds=to_struct({"a": "state"}),
        old_inputs=to_struct({"a": "old"}),
        news=to_struct({"a": Secret("new")}),
        preview=True,
    )
    answer = engine_side.stub.Update(request)
    assert from_struct(answer.properties) == {"a": Secret("new")}
    (_, resource_id, olds, old_inputs, news, operation) = engine_side.plugin.resource.calls[0]
    assert (resource_id, olds, old_inputs, news) == ("id-1", {"a": "state"}, {"a": "old"}, {"a": "new"})
    assert operation.preview


def test_read_marks_inputs_and_state_as_secret_as_they_were(engine_side: Served) -> None:
    engine_side.plugin.resource.on["read"] = lambda resource_id, inputs, state, operation: Read(
        resource_id, {"a": "found"}, {"a": "found", "b": "found"}
    )
    request = provider_pb2.ReadRequest(
        **WHO, id="id-1", inputs=to_struct({"a": Secret("x")}), properties=to_struct({"a": "x", "b": Secret("y")})
    )
    answer = engine_side.stub.Read(request)
    assert from_struct(answer.inputs) == {"a": Secret("found")}
    assert from_struct(answer.properties) == {"a": Secret("found"), "b": Secret("found")}


def test_read_of_what_is_gone_gives_no_id(engine_side: Served) -> None:
    engine_side.plugin.resource.on["read"] = lambda *_: Read("")
    assert engine_side.stub.Read(provider_pb2.ReadRequest(**WHO, id="id-1")).id == ""


def test_read_of_what_is_not_in_order_keeps_it_and_says_why(engine_side: Served) -> None:
    engine_side.plugin.resource.on["read"] = lambda *_: Read("id-1", {"a": 1}, {"a": 1}, ["not ready"])
    with pytest.raises(grpc.RpcError) as failed:
        engine_side.stub.Read(provider_pb2.ReadRequest(**WHO, id="id-1"))
    detail = provider_pb2.ErrorResourceInitFailed()
    assert details_of(failed.value).details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("id-1", ["not ready"])
    assert from_struct(detail.inputs) == {"a": 1} and from_struct(detail.properties) == {"a": 1}


@pytest.mark.parametrize("size", [1, 300_000])
def test_a_create_that_partly_succeeded_carries_id_state_and_reasons(engine_side: Served, size: int) -> None:
    failure = PartialFailure("id-7", {"password": PASSWORD, "text": "x" * size}, [f"{PASSWORD} was refused", "b"])
    engine_side.plugin.resource.on["create"] = raising(failure)
    with pytest.raises(grpc.RpcError) as failed:
        create(engine_side, {"password": Secret(PASSWORD)})
    detail = provider_pb2.ErrorResourceInitFailed()
    assert details_of(failed.value).details[0].Unpack(detail)
    assert detail.id == "id-7" and list(detail.reasons) == ["[secret] was refused", "b"]
    assert from_struct(detail.properties) == {"password": Secret(PASSWORD), "text": "x" * size}


def test_an_error_of_a_resource_reaches_the_user_as_it_is_without_secrets(engine_side: Served) -> None:
    engine_side.plugin.resource.on["delete"] = raising(ResourceError(f"vm-1: login with {PASSWORD} failed"))
    with pytest.raises(grpc.RpcError) as failed:
        request = provider_pb2.DeleteRequest(**WHO, id="id-1", properties=to_struct({"password": Secret(PASSWORD)}))
        engine_side.stub.Delete(request)
    assert failed.value.details() == "vm-1: login with [secret] failed"


def test_an_error_shows_no_secret_of_the_providers_configuration(engine_side: Served) -> None:
    engine_side.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct({"key": Secret(PASSWORD)})))
    engine_side.plugin.resource.on["create"] = raising(ResourceError(f"bad key {PASSWORD}"))
    with pytest.raises(grpc.RpcError) as failed:
        create(engine_side, {})
    assert failed.value.details() == "bad key [secret]"


def test_an_unforeseen_error_is_one_line_and_its_traceback_a_debug_message(engine_side: Served) -> None:
    engine_side.plugin.resource.on["create"] = raising(KeyError(f"a\nb {PASSWORD}"))
    with pytest.raises(grpc.RpcError) as failed:
        create(engine_side, {"password": Secret(PASSWORD)})
    assert failed.value.details().startswith("KeyError: ") and "\n" not in failed.value.details()
    (logged,) = engine_side.engine.logged
    assert logged.severity == 0 and logged.urn == URN and "Traceback" in logged.message
    assert PASSWORD not in logged.message + failed.value.details()


def test_an_unknown_resource_type_is_named(engine_side: Served) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        engine_side.stub.Create(provider_pb2.CreateRequest(urn=URN, type="test:index:Other", name="one"))
    assert failed.value.details() == "plugin test 1.2.3 has no resource type test:index:Other"


def test_messages_of_an_operation_reach_the_engine_beside_the_resource_without_secrets(engine_side: Served) -> None:
    def warn(news: Properties, operation: object) -> tuple[str, Properties]:
        operation.warn(f"{news['password']} is weak")
        return "id-1", news

    engine_side.plugin.resource.on["create"] = warn
    create(engine_side, {"password": Secret(PASSWORD)})
    (logged,) = engine_side.engine.logged
    assert (logged.severity, logged.message, logged.urn) == (2, "[secret] is weak", URN)


def test_an_operation_goes_on_when_the_engine_cannot_be_told(engine_side: Served) -> None:
    engine_side.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    engine_side.plugin.resource.on["create"] = lambda news, operation: (operation.warn("x"), ("id-1", news))[1]
    assert create(engine_side, {}).id == "id-1"


def test_functions_answer_and_unknown_ones_are_named(engine_side: Served) -> None:
    given = to_struct({"a": Secret("x")})
    answer = engine_side.stub.Invoke(provider_pb2.InvokeRequest(tok="test:index:echo", args=given))
    assert from_struct(getattr(answer, "return")) == {"a": Secret("x")}
    with pytest.raises(grpc.RpcError, match="plugin test has no function test:index:other"):
        engine_side.stub.Invoke(provider_pb2.InvokeRequest(tok="test:index:other"))


def test_cancel_reaches_operations_while_a_hundred_of_them_wait(engine_side: Served) -> None:
    waiting = threading.Barrier(101)

    def wait(news: Properties, operation: object) -> tuple[str, Properties]:
        waiting.wait(20)
        if operation.cancelled.wait(20):
            raise ResourceError("cancelled")
        return "id-1", news

    def outcome(_: int) -> str:
        try:
            return create(engine_side, {}).id
        except grpc.RpcError as error:
            return error.details()

    engine_side.plugin.resource.on["create"] = wait
    with ThreadPoolExecutor(100) as pool:
        outcomes = pool.map(outcome, range(100))
        waiting.wait(20)
        engine_side.stub.Cancel(empty_pb2.Empty())
        assert set(outcomes) == {"cancelled"}
