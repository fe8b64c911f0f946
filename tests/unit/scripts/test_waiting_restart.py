"""A restart that waits, and is not wanted any more (meshx/scripts/join.sh)."""

from __future__ import annotations

from pathlib import Path

from tests.unit.scripts.joined_machine import JoinedMachine


def test_a_restart_that_waited_for_what_is_not_wanted_any_more_waits_no_longer(tmp_path: Path) -> None:
    bundle = {
        "files": {"/etc/istio/config/mesh": {"content": "a: 1\n", "owner": "root:root", "mode": "0644"}},
        "hosts": {},
        "unit": {"name": "istio", "enabled": True, "active": True},
        "package": {"name": "istio-sidecar", "source": "istio-sidecar.deb", "sha256": "abc"},
    }
    assert not JoinedMachine(tmp_path).waits(bundle)
