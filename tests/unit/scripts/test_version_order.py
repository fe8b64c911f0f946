"""Packages that do not fit the control plane or what is installed (meshx/scripts/version_order.sh)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from meshx.istio.version_distance import MINORS_BEHIND
from meshx.join.scripts_library import SCRIPTS

# Tells a file's version, and compares as rpm does where two numbers are all that differs.
RPM = """rpm() {{
  if [[ $1 = --eval ]]; then
    [[ $2 =~ \\'(.*)\\',\\ \\'(.*)\\' ]]
    if dpkg --compare-versions "${{BASH_REMATCH[1]}}" lt "${{BASH_REMATCH[2]}}"; then echo -1; else echo 1; fi
  else
    echo '{package}'
  fi
}}"""


def told(
    folder: Path, package: str, plane: str, installed: str, *flags: str, wanted: bool = False, family: str = "deb"
) -> str:
    """What is said of a package."""
    for name in ("machine.sh", "version_order.sh", f"family/{family}.sh"):
        (folder / Path(name).name).write_text((SCRIPTS / name).read_text())
    for name in ("package-file", *flags):
        (folder / name).touch()
    (folder / "control-plane").write_text(f"{plane}\n")
    functions = (
        f"package=istio-sidecar PACKAGE_FILE={folder}/package-file; package_is_wanted() {{ {str(wanted).lower()}; }}; "
        f"dpkg-deb() {{ echo '{package}'; }}; {RPM.format(package=package)}; "
        f"package_status() {{ echo 'ii  {installed}'; }}; check_version_order"
    )
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; . ./machine.sh; . ./{family}.sh; . ./version_order.sh; {functions}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


@pytest.mark.parametrize(
    ("package", "plane", "words"),
    [
        ("1.31.2", "1.31", ""),
        ("1.30.0", "1.31.1", ""),
        ("1.31.0~rc.1+1", "1.31.0", ""),
        ("1.32.0", "1.31", "1.32.0 is newer than the control plane's 1.31: upgrade the control plane first"),
        ("1.29.4", "1.31", "behind the control plane's 1.31: take a package of 1.31 or 1.30, and upgrade machines"),
    ],
)
def test_a_sidecar_is_of_the_control_planes_version_or_the_one_before(
    tmp_path: Path, package: str, plane: str, words: str
) -> None:
    said = told(tmp_path, package, plane, "1.28.0")
    assert said == "" if not words else words in said


def test_a_downgrade_has_to_be_asked_for(tmp_path: Path) -> None:
    said = told(tmp_path, "1.31.0", "1.31", "1.31.2")
    assert said == (
        "problem: the package's version 1.31.0 is older than 1.31.2, which is installed: write "
        "`rollout.allowDowngrade: true' if that is meant\n"
    )
    assert told(tmp_path, "1.31.0", "1.31", "1.31.2", "allow-downgrade") == ""


def test_a_downgrade_of_an_rpm_has_to_be_asked_for_too(tmp_path: Path) -> None:
    said = told(tmp_path, "1.31.0-1", "1.31", "1.31.2-1", family="rpm")
    assert "the package's version 1.31.0-1 is older than 1.31.2-1, which is installed" in said
    assert told(tmp_path, "1.31.10-1", "1.31", "1.31.2-1", family="rpm") == ""


@pytest.mark.parametrize("flag", ["goes-back", ""])
def test_what_is_put_back_or_there_already_is_not_compared(tmp_path: Path, flag: str) -> None:
    assert told(tmp_path, "1.31.0", "1.31", "1.31.2", *filter(None, [flag]), wanted=not flag) == ""


def test_machines_and_policies_go_by_the_same_distance() -> None:
    assert f"readonly MINORS_BEHIND={MINORS_BEHIND}\n" in (SCRIPTS / "version_order.sh").read_text()
