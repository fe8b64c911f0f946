"""Which calls of a machine go past its proxy."""

from __future__ import annotations

import pytest

from meshx.istio.uncaptured import Uncaptured, mesh_ranges

OUT = Uncaptured(outbound_ports=(2049,), outbound_ranges=("10.9.0.0/24", "fd00:9::/64"))
ONLY = Uncaptured(only_ranges=("10.88.0.0/16",), mesh_ranges=mesh_ranges("10.96.0.0/16"))


@pytest.mark.parametrize(
    ("uncaptured", "address", "port", "past"),
    [
        (OUT, "10.8.0.1", 80, False),
        (OUT, "10.8.0.1", 2049, True),
        (OUT, "10.9.0.7", 80, True),
        (OUT, "fd00:9::7", 80, True),
        (OUT, "fd00:8::7", 80, False),
        (ONLY, "10.88.3.4", 80, False),
        (ONLY, "10.96.0.9", 80, False),
        (ONLY, "240.240.0.5", 80, False),
        (ONLY, "10.8.0.1", 80, True),
        (OUT.beside(ONLY), "10.88.3.4", 2049, True),
        (Uncaptured(), "10.8.0.1", 80, False),
    ],
)
def test_what_stays_out_goes_past_and_ports_before_ranges(
    uncaptured: Uncaptured, address: str, port: int, past: bool
) -> None:
    assert uncaptured.lets_past(address, port) is past


def test_what_stays_out_by_two_places_is_told_once() -> None:
    both = OUT.beside(Uncaptured(outbound_ports=(2049, 111), outbound_ranges=("10.9.0.0/24",)))
    assert both.words == "port 2049, port 111, 10.9.0.0/24, fd00:9::/64"
    assert OUT.beside(ONLY).words.endswith("all but the mesh and 10.88.0.0/16")
