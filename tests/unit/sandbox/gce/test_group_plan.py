"""What a managed instance group does next."""

import dataclasses

import pytest

from sandbox.gce.group_plan import Member, Plan, Wanted, plan

OLD, NEW = "old", "new"


def member(name: str, template: str = NEW, *, ready: bool = True, broken: bool = False) -> Member:
    return Member(name, template, made=float(ord(name[-1])), ready=ready, broken=broken)


def wanted(size: int, **more: int) -> Wanted:
    return dataclasses.replace(Wanted(size, NEW, surge=0, unavailable=0), **more)


def test_a_group_of_its_size_does_nothing_ready_or_not() -> None:
    assert plan(wanted(2), [member("a"), member("b", ready=False)]).is_nothing


def test_a_group_grows_at_once() -> None:
    assert plan(wanted(3), []) == Plan(new=3)
    assert plan(wanted(4), [member("a"), member("b"), member("c")]) == Plan(new=1)


def test_a_group_shrinks_by_those_that_do_not_serve_and_then_by_the_youngest() -> None:
    members = [member("a"), member("b", ready=False), member("c"), member("d", ready=False, broken=True)]
    assert plan(wanted(1), members) == Plan(remove=("d", "b", "c"))


def test_what_is_broken_is_made_again_under_its_name() -> None:
    assert plan(wanted(2), [member("a"), member("b", ready=False, broken=True)]) == Plan(again=("b",))


def test_an_update_goes_no_further_than_surge_and_unavailable_allow() -> None:
    members = [member(name, OLD) for name in "abc"]
    assert plan(wanted(3, surge=1), members) == Plan(new=1)
    assert plan(wanted(3, unavailable=1), members) == Plan(remove=("a",))
    assert plan(wanted(3), members).is_nothing


def test_an_update_waits_for_the_new_ones_to_get_ready() -> None:
    members = [*(member(name, OLD) for name in "abc"), member("d", ready=False)]
    assert plan(wanted(3, surge=1), members).is_nothing
    assert plan(wanted(3, surge=1), [*members[:3], member("d")]) == Plan(remove=("a",))


def test_an_opportunistic_update_leaves_what_is_there_and_makes_what_is_missing() -> None:
    members = [member(name, OLD) for name in "ab"]
    lazy = dataclasses.replace(wanted(2), proactive=False)
    assert plan(lazy, members).is_nothing
    assert plan(dataclasses.replace(lazy, size=3), members) == Plan(new=1)


@pytest.mark.parametrize(("surge", "unavailable"), [(1, 0), (3, 0), (0, 1), (3, 3), (1, 1)])
@pytest.mark.parametrize("size", [1, 3, 4])
def test_an_update_ends_with_as_many_of_the_new_template_and_never_too_few_that_serve(
    size: int, surge: int, unavailable: int
) -> None:
    members = [member(f"old-{number}", OLD) for number in range(size)]
    target = wanted(size, surge=surge, unavailable=unavailable)
    for step in range(40):
        todo = plan(target, members)
        if todo.is_nothing and all(one.ready for one in members):
            break
        members = [one for one in members if one.name not in todo.remove]
        assert sum(one.ready for one in members) >= size - unavailable
        # What was made at the last step gets ready at this one.
        members = [dataclasses.replace(one, ready=True) for one in members]
        members += [member(f"new-{step}-{number}", ready=False) for number in range(todo.new)]
        assert len(members) <= size + surge
    assert [one.template for one in members] == [NEW] * size
