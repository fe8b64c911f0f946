"""Which names of networks are probably one name, mistyped, and which are two."""

import pytest

from meshx.networks.near_names import misspelling_of


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("netwrok1", "network1"),
        ("netwok1", "network1"),
        ("nettwork1", "network1"),
        ("netwerk1", "network1"),
        ("network-1", "network1"),
        ("Network1", "network1"),
        ("prod-frankfrut", "prod-frankfurt"),
        ("my_vpc", "my-vpc"),
    ],
)
def test_a_mistyped_name_is_known_both_ways(name: str, known: str) -> None:
    assert misspelling_of(name, ["elsewhere", known]) == known
    assert misspelling_of(known, [name]) == name


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("network2", "network1"),
        ("network10", "network1"),
        ("network", "network1"),
        ("vpc-a", "vpc-b"),
        ("eu-west1", "us-west1"),
        ("east", "west"),
        ("west", "test"),
        ("north", "south"),
        ("inner", "outer"),
        ("dmz", "dm"),
        ("network1", "network1"),
        ("network1-dmz", "network1"),
        ("", "network1"),
        ("--", "network1"),
    ],
)
def test_names_that_differ_on_purpose_are_two(name: str, known: str) -> None:
    assert misspelling_of(name, [known]) == ""
    assert misspelling_of(known, [name]) == ""
