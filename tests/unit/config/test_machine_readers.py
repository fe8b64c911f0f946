"""What the readers of machines' files make of any text."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meshx.config.inventory.csv_machines import csv_machines
from meshx.config.inventory.yaml_machines import json_machines, yaml_machines


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    for read in (yaml_machines, json_machines, csv_machines):
        found = read(text)
        assert found.faults or all(machine.lines[()] >= 1 for machine in found.machines)


CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
TEXT = st.text(CHARACTERS, min_size=1, max_size=20).map(str.strip)
SCALAR = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | TEXT


@given(st.lists(st.dictionaries(TEXT, SCALAR | st.lists(SCALAR) | st.dictionaries(TEXT, SCALAR))))
def test_json_is_read_as_what_it_says(machines: list[dict[str, Any]]) -> None:
    assert [machine.value for machine in json_machines(json.dumps(machines)).machines] == machines
