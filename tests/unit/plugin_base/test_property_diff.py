"""Property paths and comparison."""

from hypothesis import given
from hypothesis import strategies as st

from meshx.plugin_base.custom_resource import Kind
from meshx.plugin_base.property_diff import compare, has_unknown, path_root, path_text
from meshx.plugin_base.property_values import UNKNOWN

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_paths_are_written_as_the_engine_writes_them() -> None:
    assert path_text(("bundle", "files", "/etc/hosts", "lines", 0)) == 'bundle.files["/etc/hosts"].lines[0]'
    assert path_text(("a-b", 'x"y')) == '["a-b"]["x\\"y"]'


@given(st.text(min_size=1).filter(lambda key: "\\" not in key))
def test_the_root_of_a_path_is_its_first_key(key: str) -> None:
    assert path_root(path_text((key, "below", 3))) == key


@given(st.dictionaries(st.text(), json_values))
def test_equal_properties_have_no_diff(properties: dict) -> None:
    diff = compare(properties, properties)
    assert not diff.changes and diff.detailed == {} and not diff.replaces


@given(st.dictionaries(st.text(), json_values), st.dictionaries(st.text(), json_values))
def test_a_diff_is_found_exactly_where_properties_differ(old: dict, new: dict) -> None:
    same = repr(sorted(old.items(), key=str)) == repr(sorted(new.items(), key=str)) or _equal(old, new)
    assert compare(old, new).changes is not same


def _equal(old: object, new: object) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_equal(*pair) for pair in zip(old, new, strict=True))
    return isinstance(old, bool) == isinstance(new, bool) and old == new


def test_the_diff_names_the_single_values_that_differ() -> None:
    old = {"files": {"/etc/hosts": "a", "/etc/old": "b"}, "ports": [1, 2]}
    new = {"files": {"/etc/hosts": "c", "/etc/new": "b"}, "ports": [1]}
    assert compare(old, new).detailed == {
        'files["/etc/hosts"]': Kind.UPDATE,
        'files["/etc/new"]': Kind.ADD,
        'files["/etc/old"]': Kind.DELETE,
        "ports[1]": Kind.DELETE,
    }


def test_a_change_below_a_replacing_path_replaces() -> None:
    diff = compare(
        {"spec": {"selector": {"a": 1}, "n": 1}}, {"spec": {"selector": {"a": 2}, "n": 2}}, ["spec.selector"]
    )
    assert diff.replaces == ["spec.selector.a"]
    assert diff.detailed == {"spec.selector.a": Kind.UPDATE_REPLACE, "spec.n": Kind.UPDATE}


def test_deleting_first_is_asked_for_only_with_a_replacement() -> None:
    assert not compare({"a": 1}, {"a": 2}, ["b"], delete_before_replace=True).delete_before_replace
    assert compare({"a": 1}, {"a": 2}, ["a"], delete_before_replace=True).delete_before_replace


def test_a_value_not_known_yet_counts_as_a_change() -> None:
    assert compare({"a": 1}, {"a": UNKNOWN}).detailed == {"a": Kind.UPDATE}


def test_true_and_one_differ() -> None:
    assert compare({"a": True}, {"a": 1}).changes


def test_an_unknown_value_is_found_at_any_depth() -> None:
    assert has_unknown({"a": [{"b": UNKNOWN}]}) and not has_unknown({"a": [{"b": None}]})
