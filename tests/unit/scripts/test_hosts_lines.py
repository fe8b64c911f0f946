"""meshx's lines in /etc/hosts, written and read back by the scripts' own functions."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    hosts.write_bytes(_call(hosts, "rendered_hosts wanted vm-1").encode())


def own(hosts: Path) -> list[str]:
    """What the file has of meshx."""
    return _call(hosts, "own_hosts_lines vm-1").splitlines()


def _call(hosts: Path, function: str) -> str:
    words = ["bash", "-euo", "pipefail", "-c", f". ./machine.sh; {function}"]
    return subprocess.run(words, cwd=hosts.parent, capture_output=True, check=True).stdout.decode()


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


@pytest.mark.parametrize("end", ["\r\n", "\n", " \v\r\n"])
def test_lines_of_others_are_known_as_the_resolver_knows_them_and_given_back_byte_for_byte(
    hosts: Path, end: str
) -> None:
    theirs = f"10.1.1.1\tistiod.istio-system.svc{end}10.1.1.2 Other.example  ISTIOD.Istio-System.svc # x{end}"
    hosts.write_bytes(theirs.encode())
    place(hosts, "10.77.0.200 istiod.istio-system.svc")
    assert addresses(hosts, "istiod.istio-system.svc") == ["10.77.0.200"]
    assert addresses(hosts, "other.example") == ["10.1.1.2"]
    assert own(hosts) == ["10.77.0.200 istiod.istio-system.svc"]
    # As an editor does that ends all lines alike.
    hosts.write_bytes(hosts.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert own(hosts) == ["10.77.0.200 istiod.istio-system.svc"]
    hosts.write_bytes(theirs.encode())
    place(hosts, "10.77.0.200 istiod.istio-system.svc")
    place(hosts)
    assert hosts.read_bytes().decode() == f"{theirs}127.0.1.1 vm-1 # meshx\n"


def test_the_machines_own_name_is_found_in_whatever_case_it_is_written(hosts: Path) -> None:
    hosts.write_text("127.0.1.1 VM-1.example VM-1\r\n")
    place(hosts, "10.77.0.200 istiod.istio-system.svc")
    assert "127.0.1.1 vm-1 # meshx" not in hosts.read_text()


def addresses(hosts: Path, name: str) -> list[str]:
    """Where a name leads by the rules of glibc's nss/nss_files/files-parse.c: words by white space, case no matter."""
    found: list[str] = []
    for line in hosts.read_bytes().decode().split("\n"):
        words = line.partition("#")[0].lower().split()
        found += words[:1] if name in words[1:] else []
    return found


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["10.1.1.1", "::1", "#", "# meshx keeps:", "garbage", ""]),
            st.lists(
                st.sampled_from(["db", "istiod.istio-system.svc", "ISTIOD.istio-system.svc", "vm-1", "#"]), max_size=3
            ),
            st.sampled_from(["", " # x", " # meshx too"]),
            st.sampled_from(["\n", "\r\n", "\t\n"]),
        ),
        max_size=6,
    )
)
def test_whatever_the_file_is_the_wanted_name_has_one_address_and_no_other_name_is_lost(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, list[str], str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("hosts")
    file = folder / "hosts"
    theirs = "".join(" ".join([first, *names]) + comment + end for first, names, comment, end in lines)
    # A line that begins as meshx's own do is meshx's.
    theirs = theirs.replace("# meshx keeps:", "#meshx keeps:")
    file.write_bytes(theirs.encode())
    (folder / "machine.sh").write_text((SCRIPTS / "machine.sh").read_text().replace("/etc/hosts", str(file)))
    before = addresses(file, "db")
    place(file, "10.77.0.200 istiod.istio-system.svc")
    assert addresses(file, "istiod.istio-system.svc") == ["10.77.0.200"]
    assert addresses(file, "db") == before
    text = _call(file, "rendered_hosts")
    assert text == theirs
