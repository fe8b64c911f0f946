"""A component's arguments over the wire: what is plain stays plain, and only a value itself becomes an output."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
from google.protobuf import struct_pb2

from meshx.plugin_base.property_values import UNKNOWN, Secret, to_struct
from meshx.stack.construct_inputs import holds_unknown, inputs_of

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}


def read(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with each output as `(value, known, secret, number of dependencies)`."""

    async def taken() -> dict[str, Any]:
        return {key: await _plain(value) for key, value in inputs_of(to_struct(given)).items()}

    return asyncio.run(taken())


async def _plain(value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        output: pulumi.Output[Any] = value
        known = await output.is_known()
        dependencies = len(await output.resources())
        return (await output.future() if known else None, known, await output.is_secret(), dependencies)
    if isinstance(value, dict):
        return {key: await _plain(below) for key, below in value.items()}
    return [await _plain(item) for item in value] if isinstance(value, list) else value


def test_plain_values_stay_as_they_are_and_whole_numbers_are_whole() -> None:
    given = {"workloads": [{"name": "a", "ports": [{"port": 8080}], "drainSeconds": 5}], "dns": {}, "none": None}
    assert read(given) == given
    assert isinstance(inputs_of(to_struct({"port": 8080.0}))["port"], int)


def test_an_unknown_or_a_secret_deep_inside_leaves_what_is_around_it_plain() -> None:
    machines = [{"name": "vm-1", "address": UNKNOWN, "ssh": {"hostKey": Secret("ssh-ed25519 AAAA")}}]
    taken = read({"workloads": [{"name": "a", "machines": machines}]})
    (machine,) = taken["workloads"][0]["machines"]
    assert machine == {
        "name": "vm-1",
        "address": (None, False, False, 0),
        "ssh": {"hostKey": ("ssh-ed25519 AAAA", True, True, 0)},
    }


def test_outputs_keep_what_they_depend_on_and_what_is_secret() -> None:
    urn = "urn:pulumi:dev::p::t::n"
    taken = read(
        {
            "address": {**OUTPUT, "value": "10.0.0.1", "dependencies": [urn]},
            "key": {**OUTPUT, "value": "k", "secret": True, "dependencies": []},
            "later": {**OUTPUT, "dependencies": [urn]},
        }
    )
    assert taken == {
        "address": ("10.0.0.1", True, False, 1),
        "key": ("k", True, True, 0),
        "later": (None, False, False, 1),
    }


def test_an_output_of_nothing_but_a_known_value_is_that_value() -> None:
    assert read({"name": {**OUTPUT, "value": {"a": [1]}}}) == {"name": {"a": [1]}}


def test_the_wire_form_is_the_one_that_the_sdk_writes() -> None:
    assert isinstance(to_struct({"a": OUTPUT}).fields["a"], struct_pb2.Value)
    assert pulumi.runtime.rpc._special_sig_key == SIGNATURE
    assert pulumi.runtime.rpc._special_output_value_sig == OUTPUT[SIGNATURE]


def test_an_unknown_is_found_at_a_place_and_below_it_and_nowhere_else() -> None:
    given = {"a": [{"name": "x", "address": UNKNOWN}, {"key": Secret({"b": UNKNOWN})}], "c": "known"}
    for place in ((), ("a",), ("a", 0), ("a", 0, "address"), ("a", 1, "key", "b")):
        assert holds_unknown(given, place), place
    for place in (("c",), ("a", 0, "name"), ("a", 2), ("a", "0"), ("none", 1), ("c", "d")):
        assert not holds_unknown(given, place), place
