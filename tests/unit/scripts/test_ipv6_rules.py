"""The chain of IPv6 that the start of 1.4 wants, made before each start by the script's own function."""

import subprocess
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS

# Knows the chains in a file, as the kernel does; the chain INPUT of the other table has no rules.
IP6TABLES = """\
#!/bin/bash
printf '%s\\n' "$*" >>"$FOLDER/asked"
case "$*" in
  *'-t nat -N '*) grep -qx "${!#}" "$FOLDER/chains" && exit 1; echo "${!#}" >>"$FOLDER/chains" ;;
  *'-S INPUT'*) [[ ! -e $FOLDER/no-ipv6 ]] || exit 3; echo '-P INPUT ACCEPT' ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an ip6tables of the test's, and the script with its places there."""
    (tmp_path / "ip6tables").write_text(IP6TABLES)
    (tmp_path / "ip6tables").chmod(0o755)
    (tmp_path / "chains").write_text("")
    text = (SCRIPTS / "ipv6_rules.sh").read_text()
    for place in ("/var/lib/meshx", "/run", "/usr/local/bin"):
        assert f"={place}/" in text
        text = text.replace(f"={place}/", f"={tmp_path}/")
    (tmp_path / "ipv6_rules.sh").write_text(text)
    return tmp_path


def before_start(folder: Path) -> list[str]:
    """The chains of the table nat after it ran."""
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "FOLDER": str(folder)}
    subprocess.run(["bash", str(folder / "ipv6_rules.sh"), "before-start"], check=True, env=environment)
    return (folder / "chains").read_text().split()


def test_before_each_start_of_1_4_the_chain_is_there(folder):
    (folder / "istio-clean-iptables.sh").write_text("")
    assert before_start(folder) == ["ISTIO_IN_REDIRECT"]
    assert before_start(folder) == ["ISTIO_IN_REDIRECT"]
    (folder / "chains").write_text("")
    assert before_start(folder) == ["ISTIO_IN_REDIRECT"], "the start took it away, and the next one wants it again"


def test_packages_that_do_not_clean_apart_get_no_chain(folder):
    assert before_start(folder) == []


def test_a_filter_that_is_missing_keeps_the_chain_from_nobody(folder):
    (folder / "istio-clean-iptables.sh").write_text("")
    (folder / "no-ipv6").write_text("")
    assert before_start(folder) == ["ISTIO_IN_REDIRECT"]
