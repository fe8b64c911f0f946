"""Names in Google Cloud: Google takes them, and different things never share one."""

from hypothesis import given
from hypothesis import strategies as st

from meshx.config.owner import stack_owner
from meshx.google_cloud.cloud_names import (
    LONGEST,
    LONGEST_ACCOUNT,
    cloud_name,
    network_tag,
    readable_name,
    workload_tag,
)

OWNER = stack_owner("organization", "s3://states", "meshx", "dev")
# Few letters, of which some mean the same in a name, so that parts often meet.
PARTS = st.lists(st.text("aA1-_./ ", min_size=1, max_size=70), min_size=1, max_size=4).map(tuple)
STACKS = st.tuples(*[st.text("ab.-", min_size=1, max_size=70)] * 4)


@given(STACKS, PARTS, st.sampled_from([LONGEST, LONGEST_ACCOUNT]))
def test_every_name_is_one_that_google_takes(
    stack: tuple[str, str, str, str], parts: tuple[str, ...], longest: int
) -> None:
    for name in (cloud_name(stack_owner(*stack), *parts, longest=longest), readable_name(*parts, longest=longest)):
        assert 0 < len(name) <= longest
        assert name[0].isalpha() and name[-1] != "-"
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(STACKS, STACKS, PARTS, PARTS)
def test_names_are_the_same_only_for_the_same_thing_of_the_same_stack(
    stack: tuple[str, str, str, str],
    other_stack: tuple[str, str, str, str],
    parts: tuple[str, ...],
    others: tuple[str, ...],
) -> None:
    first = cloud_name(stack_owner(*stack), *parts, longest=LONGEST_ACCOUNT)
    second = cloud_name(stack_owner(*other_stack), *others, longest=LONGEST_ACCOUNT)
    assert (first == second) is ((stack, parts) == (other_stack, others))


def test_tags_that_met_without_a_sum_are_apart() -> None:
    assert workload_tag(OWNER, "a-b", "c") != workload_tag(OWNER, "a", "b-c")
    assert network_tag(OWNER, "net_1") != network_tag(OWNER, "net-1")
    assert network_tag(OWNER, "network1") != workload_tag(OWNER, "on", "network1")
