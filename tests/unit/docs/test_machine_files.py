"""docs/machine-files.md has every file that the code puts on a machine, with its owner and mode, and no other."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.machine_paths import AGENT_FOLDER, TOKEN
from meshx.join.bundle import OWNER, PROXY_OWNER, bundle_inputs, join_bundle
from meshx.join.classic_bundle import NODE_AGENT, classic_join_bundle
from meshx.join.scripts_library import LIBRARY, SCRIPTS, script_text
from meshx.join.token_renewal import renewal_files
from tests.unit.docs.machine_files_table import owners_and_modes
from tests.unit.join import join_examples
from tests.unit.join.test_classic_bundle import GATEWAYS
from tests.unit.scripts.test_token_renewal import RENEWAL

ROOTS = (OWNER, "0644")
STATE = "/var/lib/meshx"
UNITS = "/etc/systemd/system"
AGENT_PROGRAM = f"{AGENT_FOLDER}/pilot-agent"


def bundles() -> list[dict[str, Any]]:
    """A bundle of each line, in its richest form."""
    workload, machine, package = join_examples.WORKLOAD, join_examples.MACHINE, join_examples.PACKAGE
    authority = CertificateAuthority("ca.corp", 443, root="PEM")
    modern = join_bundle(replace(join_examples.CONTROL_PLANE, authority=authority), workload, machine, package)
    classic = classic_join_bundle(GATEWAYS, workload, machine, package)
    return [bundle_inputs(bundle, "pem", "10.77.0.200") for bundle in (modern, classic)]


SOURCED = (
    "machine.sh",
    "unit_settings.sh",
    "token_renewal.sh",
    "when_down/when_down.sh",
    "upkeep/upkeep_units.sh",
    "way_back/way_back.sh",
    "way_back/going_back.sh",
)


def said_by(functions: str) -> list[str]:
    """What functions of join.sh's scripts print; they write beside themselves."""
    with TemporaryDirectory() as folder:
        for name in SOURCED:
            shutil.copy(SCRIPTS / name, folder)
        sourced = "".join(f". ./{Path(name).name}; " for name in SOURCED)
        done = subprocess.run(
            ["bash", "-c", sourced + functions], cwd=folder, capture_output=True, text=True, check=True
        )
    return done.stdout.split()


def listed(script: str, name: str) -> list[str]:
    """The words of an array that a script sets, without those of other arrays in it."""
    (words,) = re.findall(rf"\b{name}=\((.*?)\)", script_text(script))
    words = re.sub(r'"\$.*?"', "", words)
    return said_by(f"printf '%s ' {words}")


def of_bundles() -> dict[str, tuple[str, str]]:
    parts: list[Mapping[str, Any]] = []
    for bundle in bundles():
        parts += [bundle["files"], bundle["folders"], bundle.get("identity", {}).get("files", {})]
    return {path: (one["owner"], one["mode"]) for part in parts for path, one in part.items()}


def of_units_and_programs() -> set[str]:
    names = f"istio {NODE_AGENT}"
    found = set(said_by(f"upkeep_files {names} | cut -d ' ' -f 2"))
    found |= set(said_by(f"for name in {names}; do settings_file $name; echo; done"))
    found |= set(said_by("echo $CLOSED_UNIT_FILE ${BACK_UNITS[@]}"))
    renewal = " ".join(shlex.quote(name) for name in renewal_files(RENEWAL))
    found |= set(said_by(f"for name in {renewal}; do renewal_target $name; done"))
    for script in ("gce/startup.sh", "gce/token_identity.sh"):
        programs, units = ("KEPT", "KEPT_UNITS") if script == "gce/startup.sh" else ("KEEPER", "KEEPER_UNITS")
        found |= {f"{LIBRARY}/{name}" for name in listed(script, programs)}
        found |= {f"{UNITS}/{name}" for name in listed(script, units)}
    found.add(AGENT_PROGRAM)
    return found | {f"{LIBRARY}/revision", f"{LIBRARY}/instance-id", f"{STATE}/upkeep/hosts", f"{STATE}/ipv6_rules.sh"}


def of_state() -> set[str]:
    """What the scripts keep beside these, by the names that stand in them."""
    texts = {path.name: path.read_text() for path in SCRIPTS.rglob("*.sh")}
    named = {name for text in texts.values() for name in re.findall(r"\$STATE/([\w.-]+)", text)}
    named |= {name for text in texts.values() for name in re.findall(rf"{STATE}/([\w-]+)", text)}
    found = {f"{STATE}/{name}" for name in named if not name.endswith(".new")}
    kept = re.findall(
        r'(?:\$work|\$UPKEEP)/((?:rules|names|hosts|restore|captures)[\w.-]*)"',
        texts["upkeep.sh"] + texts["upkeep_units.sh"],
    )
    found |= {f"{STATE}/upkeep/{name}" for name in (*kept, "restore.err") if not name.endswith(".new")}
    locks = {name for text in texts.values() for name in re.findall(r"(/run/meshx[\w-]*)(?![.\w-])", text)}
    return found | locks | {STATE, f"{STATE}/sidecar/sidecar.env"}


def test_a_bundles_files_and_folders_have_their_rows() -> None:
    assert owners_and_modes("The bundle") == of_bundles()


def test_what_runs_on_a_machine_has_its_row() -> None:
    rows = owners_and_modes("Units") | owners_and_modes("Programs")
    assert set(rows) == of_units_and_programs()
    assert {path: row for path, row in rows.items() if row != ROOTS} == {
        f"{STATE}/ipv6_rules.sh": (OWNER, "0700"),
        AGENT_PROGRAM: (OWNER, "0755"),
    }


def test_what_is_remembered_has_its_row_and_is_roots() -> None:
    rows = owners_and_modes("What meshx remembers")
    programs = {f"{STATE}/upkeep/hosts", f"{STATE}/ipv6_rules.sh"}
    assert set(rows) == of_state() - programs
    assert {owner for owner, _ in rows.values()} == {OWNER}


def test_the_token_is_the_proxys_alone() -> None:
    assert owners_and_modes("Identity")[str(Path(TOKEN.replace("/var/run", "/run")))] == (PROXY_OWNER, "0400")
