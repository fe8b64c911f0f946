"""The startup script of an instance: what is in it, and that it unpacks to just that."""

import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from meshx.join.bundle import ROOT_CERTIFICATE, Package, bundle_inputs, join_bundle
from meshx.join.startup_script import LONGEST, SCRIPTS, ClusterAccess, startup_script
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, WORKLOAD

PACKAGE = Package("https://x.example/istio-sidecar.deb", "ab" * 32)
ACCESS = ClusterAccess("https://10.0.0.2:443", "", "CERTIFICATE\n", "vm", "vmhttp", "istio-ca", 3600)


def script(own: str = "") -> str:
    bundle = bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, MACHINE, PACKAGE), "", "10.0.0.9")
    files = cast("dict[str, Any]", bundle["files"])
    del files[ROOT_CERTIFICATE]
    return startup_script(bundle, ACCESS, own)


def unpacked(text: str, folder: Path) -> None:
    """What the script lays down, without what it then runs and without the machine that it wants."""
    _, _, parts = text.partition('  cat >"$work/$1"\n}\n')
    files, _, _ = parts.partition("# shellcheck shell=bash\n# shellcheck disable=SC2154 # unpack.sh sets")
    put = f'work={folder}\nput() {{ mkdir -p "$(dirname "$work/$1")"; cat >"$work/$1"; }}\n'
    subprocess.run(["bash", "-eu"], input=put + files, text=True, check=True)


def test_every_file_arrives_as_it_is(tmp_path: Path) -> None:
    own = "echo 'it''s mine' \"$HOME\" `date`\ncat <<'END'\nEND\n"
    unpacked(script(own), tmp_path)
    assert (tmp_path / "own-startup").read_text() == own
    assert (tmp_path / "join.sh").read_text() == (SCRIPTS / "join.sh").read_text()
    assert (tmp_path / "startup.sh").read_text() == (SCRIPTS / "gce" / "startup.sh").read_text()
    assert (tmp_path / "api-server-ca.pem").read_text() == "CERTIFICATE\n"
    assert "ISTIO_META_WORKLOAD_ENTRY='vmhttp-vm-1'" in (tmp_path / "files" / "1").read_text()


def test_a_change_is_another_revision_and_nothing_else_is() -> None:
    def revision(text: str) -> str:
        return text.splitlines()[1]

    assert revision(script()) == revision(script())
    assert revision(script()).startswith("# Revision: ")
    assert revision(script()) != revision(script("true"))


def test_a_script_that_metadata_cannot_hold_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"let gce\.startup fetch what it needs"):
        script("x" * LONGEST)
