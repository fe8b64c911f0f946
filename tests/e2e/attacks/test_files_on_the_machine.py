"""A machine that has joined has the files of docs/machine-files.md, and no others."""

from __future__ import annotations

import pytest

from tests.e2e.attacks.conftest import SECRET, Victim
from tests.e2e.machine.deliveries import FILES, MACHINE, shell
from tests.e2e.machine.table_of_files import beside_the_table
from tests.unit.docs.machine_files_table import owners_and_modes

pytestmark = pytest.mark.usefixtures("sandbox")


def test_a_machine_that_has_joined_has_what_the_tables_have(victim: Victim) -> None:
    assert [line for line in beside_the_table(victim.before, MACHINE) if not line.startswith(SECRET)] == []
    rows = owners_and_modes("The bundle")
    wanted = [path for path in rows if path in FILES or ("." not in path and path != "/etc/istio/config/mesh")]
    for path in wanted:
        assert tuple(shell(MACHINE, f"stat -L -c '%U:%G 0%a' {path}").split()) == rows[path], path
