"""Leaving takes away what is the bundle's, the package's and the sidecar's, and nothing that others put beside it."""

from __future__ import annotations

import pytest

from tests.e2e.attacks.conftest import SECRET, Victim
from tests.e2e.machine.deliveries import MACHINE, shell
from tests.e2e.stack.machine_listing import differences, listing

pytestmark = pytest.mark.usefixtures("sandbox")


def test_leaving_keeps_what_others_put_beside_the_sidecars_files(victim: Victim) -> None:
    folders = ("/etc/certs", "/var/lib/istio", "/var/log/istio", "/run/secrets")
    theirs = " ".join(f"{folder}/theirs.pem" for folder in folders)
    shell(MACHINE, f"for file in {theirs}; do echo theirs >$file; done")
    said = victim.deliveries.leave()
    assert shell(MACHINE, f"stat -c '%U %a' {theirs} | sort -u; cat {theirs}") == "root 644\n" + 4 * "theirs\n"
    assert all(f"{folder} stays, for the files of others in it\n" in said for folder in folders)
    assert said.endswith("left\n")
    shell(MACHINE, f"rm {theirs} {SECRET}; rmdir {' '.join(folders)}")
    assert not differences(victim.before, listing(MACHINE))
