"""What is said to be left of a build goes by what its parts take and by how fast this machine has been so far."""

import re

import pytest

from sandbox.builds.estimate import in_words, seconds_left
from sandbox.builds.go_tools import GO_TOOLS
from sandbox.paths import REPO

EXPECTED = {"echo": 10.0, "istio": 100.0, "kubernetes": 200.0}


def test_at_the_start_all_is_left_as_expected() -> None:
    assert seconds_left(EXPECTED, {}, {"echo": 0.0}) == 310


def test_a_machine_half_as_fast_takes_twice_as_long_for_the_rest() -> None:
    assert seconds_left(EXPECTED, {"echo": 20.0}, {"istio": 60.0}) == 140 + 400


def test_what_comes_out_of_the_compilers_cache_shortens_the_rest() -> None:
    assert seconds_left(EXPECTED, {"echo": 1.0, "istio": 10.0}, {"kubernetes": 5.0}) == 15


def test_a_part_that_takes_longer_than_it_should_lengthens_the_rest() -> None:
    assert seconds_left(EXPECTED, {}, {"istio": 150.0}) == pytest.approx(1.5 * (200 + 10))
    assert seconds_left(EXPECTED, {"echo": 10.0}, {"istio": 210.0}) == pytest.approx(2 * 200 - 10, abs=11)


def test_the_last_part_is_never_less_than_nothing_away() -> None:
    assert seconds_left(EXPECTED, {"echo": 10.0, "istio": 100.0}, {"kubernetes": 500.0}) >= 0


def test_nothing_to_build_leaves_nothing() -> None:
    assert seconds_left({}, {}, {}) == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (371, "about 6 minutes left"),
        (90, "about 2 minutes left"),
        (89, "about a minute left"),
        (45, "about a minute left"),
        (44, "less than a minute left"),
        (0, "less than a minute left"),
    ],
)
def test_an_estimate_is_told_in_whole_minutes(seconds: float, said: str) -> None:
    assert in_words(seconds) == said


def test_the_page_says_what_the_estimate_goes_by() -> None:
    page = (REPO / "docs" / "sandbox.md").read_text()
    told = re.findall(r"^\| `([\w-]+)`[^|]*\| (\d+) \|$", page, re.M)
    assert told == [(tool.name, str(tool.seconds)) for tool in GO_TOOLS]
