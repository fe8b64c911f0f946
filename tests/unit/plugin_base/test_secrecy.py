"""Secrets: unmarked for resources, marked again in results, never in messages."""

from hypothesis import given
from hypothesis import strategies as st

from meshx.plugin_base.property_values import Secret
from meshx.plugin_base.secrecy import holds_secret, mark_secrets, mask, plain_properties

secret_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3) | st.builds(Secret, inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), secret_values))
def test_what_is_echoed_is_as_secret_as_it_came(given_properties: dict) -> None:
    echoed = mark_secrets(plain_properties(given_properties), given_properties)
    assert plain_properties(echoed) == plain_properties(given_properties)
    for key, value in given_properties.items():
        assert holds_secret(echoed[key]) == holds_secret(value)


@given(st.dictionaries(st.text(), secret_values))
def test_plain_properties_hold_no_secret(given_properties: dict) -> None:
    assert not holds_secret(plain_properties(given_properties))


def test_inside_objects_only_the_secret_part_is_marked() -> None:
    marked = mark_secrets({"data": {"user": "me", "key": "k"}}, {"data": {"user": "me", "key": Secret("k")}})
    assert marked == {"data": {"user": "me", "key": Secret("k")}}


def test_a_list_with_one_secret_becomes_secret_as_a_whole() -> None:
    assert mark_secrets({"a": ["x", "y"]}, {"a": ["y", Secret("x")]}) == {"a": Secret(["x", "y"])}


def test_a_secret_of_the_resource_itself_stays_one() -> None:
    assert mark_secrets({"token": Secret("t")}, {"token": "t"}) == {"token": Secret("t")}


def test_a_changed_value_is_secret_if_the_old_one_was() -> None:
    assert mark_secrets({"a": "new"}, {"a": Secret("old")}) == {"a": Secret("new")}


def test_messages_show_no_secret_nor_a_line_of_one() -> None:
    key = "-----BEGIN-----\nabcdefgh\n-----END-----"
    text = mask("ssh: bad line abcdefgh of password-1", {"a": [{"key": Secret(key)}]}, {"b": Secret("password-1")})
    assert text == "ssh: bad line [secret] of [secret]"


def test_messages_keep_short_words_that_are_also_secrets() -> None:
    assert mask("root is on", {"a": Secret("on"), "b": Secret("root")}) == "root is on"
