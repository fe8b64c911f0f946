"""meshx's lines in /etc/hosts, written and read back by the scripts' own functions."""

import subprocess
from pathlib import Path

import pytest

from meshx.join.scripts_library import SCRIPTS

OTHERS = """127.0.0.1 localhost
127.0.1.1 vm-1
10.0.0.9 db.example httpbin.bar.global
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    """A hosts file of others, in which one line has a name that meshx takes over, and one that it does not."""
    file = tmp_path / "hosts"
    file.write_text(OTHERS)
    # The same script, of another file.
    (tmp_path / "machine.sh").write_text((SCRIPTS / "machine.sh").read_text().replace("/etc/hosts", str(file)))
    return file


def place(hosts: Path, *lines: str) -> None:
    """Have these names in the file, and none of those before."""
    (hosts.parent / "wanted").write_text("".join(f"{line}\n" for line in lines))
    hosts.write_text(_call(hosts, "rendered_hosts wanted vm-1"))


def own(hosts: Path) -> list[str]:
    """What the file has of meshx."""
    return _call(hosts, "own_hosts_lines vm-1").splitlines()


def _call(hosts: Path, function: str) -> str:
    words = ["bash", "-euo", "pipefail", "-c", f". ./machine.sh; {function}"]
    return subprocess.run(words, cwd=hosts.parent, capture_output=True, text=True, check=True).stdout


def test_names_that_are_wanted_no_more_are_found_as_long_as_they_stand(hosts: Path) -> None:
    place(hosts, "10.77.0.200 istiod.istio-system.svc", "10.96.0.9 httpbin.bar.global")
    assert own(hosts) == ["10.77.0.200 istiod.istio-system.svc", "10.96.0.9 httpbin.bar.global"]
    place(hosts, "10.77.0.200 istiod.istio-system.svc")
    assert own(hosts) == ["10.77.0.200 istiod.istio-system.svc"]
    place(hosts)
    assert (own(hosts), hosts.read_text()) == ([], OTHERS)


def test_the_rest_of_others_lines_and_the_machines_own_name_are_none_of_them(hosts: Path) -> None:
    hosts.write_text("10.0.0.9 db.example httpbin.bar.global\n")
    place(hosts, "127.255.0.3 httpbin.bar.global")
    assert "10.0.0.9 db.example # meshx" in hosts.read_text()
    assert "127.0.1.1 vm-1 # meshx" in hosts.read_text()
    assert own(hosts) == ["127.255.0.3 httpbin.bar.global"]
