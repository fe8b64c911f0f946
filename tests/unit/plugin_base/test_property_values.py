"""Properties and their wire form."""

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from meshx.plugin_base.property_values import (
    UNKNOWN,
    Archive,
    Asset,
    Secret,
    from_struct,
    from_value,
    to_struct,
    to_value,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"

keys = st.text(min_size=1).filter(lambda key: key != SIGNATURE)
assets = st.one_of(
    st.builds(Asset, hash=st.text(), text=st.text()),
    st.builds(Asset, hash=st.text(), path=st.text(min_size=1)),
    st.builds(Archive, hash=st.text(), path=st.text(min_size=1)),
    st.builds(Archive, assets=st.dictionaries(keys, st.builds(Asset, text=st.text()))),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just(UNKNOWN)
    | assets
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.builds(Secret, inner),
    max_leaves=20,
)


@given(st.dictionaries(keys, values))
def test_properties_come_back_from_the_wire_as_they_went(properties: dict) -> None:
    assert from_struct(to_struct(properties)) == properties


@given(st.dictionaries(keys, values))
def test_the_wire_form_survives_serialization(properties: dict) -> None:
    sent = to_struct(properties).SerializeToString()
    assert from_struct(struct_pb2.Struct.FromString(sent)) == properties


@given(st.integers(-(2**53), 2**53))
def test_whole_numbers_come_back_as_integers(number: int) -> None:
    back = from_value(to_value(number))
    assert back == number and type(back) is int


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: key != SIGNATURE), st.text() | st.booleans()))
def test_the_sdk_reads_what_is_written(properties: dict) -> None:
    assert rpc.deserialize_properties(to_struct({"all": properties}))["all"] == properties


def test_the_sdk_reads_a_secret_as_one() -> None:
    read = rpc.deserialize_properties(to_struct({"a": Secret("x")}))["a"]
    assert rpc.is_rpc_secret(read) and rpc.unwrap_rpc_secret(read) == "x"


def test_every_kind_of_unknown_value_is_unknown() -> None:
    for marker in (
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ):
        assert from_value(struct_pb2.Value(string_value=marker)) is UNKNOWN


def test_an_output_is_taken_as_its_value() -> None:
    known = {SIGNATURE: OUTPUT, "value": "x", "dependencies": ["urn:a"]}
    secret = {SIGNATURE: OUTPUT, "value": "x", "secret": True}
    unknown = {SIGNATURE: OUTPUT, "dependencies": []}
    secret_unknown = {SIGNATURE: OUTPUT, "secret": True}
    read = from_struct(to_struct({"a": known, "b": secret, "c": unknown, "d": secret_unknown}))
    assert read == {"a": "x", "b": Secret("x"), "c": UNKNOWN, "d": Secret(UNKNOWN)}


def test_a_resource_reference_is_taken_as_its_id_or_else_its_urn() -> None:
    with_id = {SIGNATURE: RESOURCE, "urn": "urn:a", "id": "one"}
    without = {SIGNATURE: RESOURCE, "urn": "urn:a"}
    not_yet = {SIGNATURE: RESOURCE, "urn": "urn:a", "id": ""}
    read = from_struct(to_struct({"a": with_id, "b": without, "c": not_yet}))
    assert read == {"a": "one", "b": "urn:a", "c": UNKNOWN}


def test_an_unknown_value_cannot_be_taken_for_true_or_false() -> None:
    with pytest.raises(TypeError, match="is UNKNOWN"):
        bool(UNKNOWN)


def test_a_secret_is_not_shown_by_its_text_form() -> None:
    assert "hunter2" not in f"{Secret('hunter2')} {Secret({'a': 'hunter2'})!r}"


def test_a_value_that_cannot_be_carried_is_named() -> None:
    with pytest.raises(TypeError, match=r"bundle\.files\[1\] has a set"):
        to_struct({"bundle": {"files": ["a", {"b"}]}})


def test_an_object_with_an_unknown_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown signature nonsense"):
        from_struct(to_struct({"a": {SIGNATURE: "nonsense"}}))
