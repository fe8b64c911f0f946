"""Whether the sidecar's packet rules stand, in each family that the last join found."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from meshx.machine.delivery import SCRIPTS
from tests.unit.scripts.test_kept_packet_rules import RULES


def outcome(folder: Path, question: str, *, there: tuple[str, ...], recorded: str = "", env: str = "") -> bool:
    """What packet_rules.sh says on a machine with rules of the families `there`."""
    for filter_name, family in (("iptables", "ipv4"), ("ip6tables", "ipv6")):
        program = folder / f"{filter_name}-nft-save"
        program.write_text("#!/bin/sh\n" + (f"cat <<'END'\n{RULES}END\n" if family in there else ""))
        program.chmod(0o755)
    if recorded:
        (folder / "rules").write_text(recorded)
    (folder / "cluster.env").write_text(env)
    source = (SCRIPTS / "packet_rules.sh").read_text()
    script = f"set -euo pipefail\nSTATE={folder} SETTINGS={folder}\n{source}\n{question}\n"
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-c", script], check=False, env=environment).returncode == 0


@pytest.mark.parametrize(
    ("there", "recorded", "stand"),
    [
        (("ipv4",), "", True),
        (("ipv4",), "ipv4\n", True),
        (("ipv4",), "ipv4 ipv6\n", False),
        (("ipv4", "ipv6"), "ipv4 ipv6\n", True),
        (("ipv6",), "ipv4 ipv6\n", False),
    ],
)
def test_rules_stand_where_no_family_of_the_last_join_is_missing(
    tmp_path: Path, there: tuple[str, ...], recorded: str, stand: bool
) -> None:
    assert outcome(tmp_path, "rules_stand", there=there, recorded=recorded) is stand


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ("ISTIO_SVC_IP='10.77.0.11'\n", False),
        ("ISTIO_SVC_IP='fd77::19'\n", True),
        ("ISTIO_DUAL_STACK='true'\nISTIO_SVC_IP='10.77.0.13'\n", True),
        ("ISTIO_DUAL_STACK='false'\nISTIO_SVC_IP='10.77.0.13'\n", False),
        ("ISTIO_SVC_IP=fd77::19\n", True),
        ("CA_ADDR='istiod-a.istio-system.svc:15012'\nISTIO_SVC_IP='10.77.0.13'\n", False),
    ],
)
def test_the_sidecar_is_told_of_ipv6_by_its_address_or_by_both_families(tmp_path: Path, env: str, told: bool) -> None:
    assert outcome(tmp_path, "is_told_ipv6", there=(), env=env) is told
