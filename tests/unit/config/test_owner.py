"""The mark that tells one stack's objects from another's."""

import re

from hypothesis import given
from hypothesis import strategies as st

from meshx.config.owner import LONGEST, Owner, stack_owner, stated_owner

Stack = tuple[str, str, str, str]
NAME = st.text("ab.-_A0", min_size=1, max_size=100)
STACKS = st.tuples(NAME, NAME, NAME, NAME)


@given(STACKS, STACKS)
def test_marks_are_the_same_only_for_the_same_stack(one: Stack, other: Stack) -> None:
    assert (stack_owner(*one).mark == stack_owner(*other).mark) is (one == other)


@given(STACKS)
def test_a_mark_is_the_value_of_a_label(stack: Stack) -> None:
    mark = stack_owner(*stack).mark
    assert len(mark) <= LONGEST
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", mark)


def test_one_name_in_another_organization_backend_or_project_has_another_mark() -> None:
    stacks = [
        ("organization", "s3://a", "shop", "mine"),
        ("organization", "s3://b", "shop", "mine"),
        ("payments", "https://api.pulumi.com", "shop", "mine"),
        ("orders", "https://api.pulumi.com", "shop", "mine"),
        ("organization", "s3://a", "a.b", "c"),
        ("organization", "s3://a", "a", "b.c"),
        ("organization", "s3://a", "x" * 80, "one"),
        ("organization", "s3://a", "x" * 80, "two"),
    ]
    assert len({stack_owner(*stack).mark for stack in stacks}) == len(stacks)


def test_the_mark_of_earlier_versions_is_known() -> None:
    """It was cut at 63 characters, and nothing else."""
    assert stack_owner("o", "b", "meshx", "dev").name == "meshx.dev"
    assert stack_owner("o", "b", "x" * 60, "dev").name == f"{'x' * 60}.de"


def test_a_mark_that_the_file_states_holds_as_it_is() -> None:
    """So a stack that was renamed keeps its objects, and the names that follow from the mark."""
    before = stack_owner("o", "b", "meshx", "dev")
    assert stated_owner(before.mark) == before
    assert stated_owner("meshx.dev") == Owner("meshx.dev", "meshx.dev")
