"""meshx's lines in hosts files as people have them, generated: in and out again, and what a resolver finds by them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meshx.machine.delivery import SCRIPTS

NAMES = st.sampled_from(["vm-1", "localhost", "db.example", "istiod.istio-system.svc", "httpbin.bar.global", "ip6-all"])
ADDRESSES = st.sampled_from(["127.0.0.1", "127.0.1.1", "::1", "10.0.0.9", "10.77.0.200", "fe00::0"])
ENTRY = st.builds(
    lambda address, names, gap, end: f"{address}{gap}{gap.join(names)}{end}",
    ADDRESSES,
    st.lists(NAMES, min_size=1, max_size=3),
    st.sampled_from([" ", "\t", "  \t"]),
    st.sampled_from(["", " ", " # by hand", "# cloud-init"]),
)
LINE = ENTRY | st.sampled_from(["", "# a comment", "   ", "#127.0.0.1 httpbin.bar.global", "not an address"])
FILES = st.builds(
    lambda lines, end: "\n".join(lines) + (end if lines else ""),
    st.lists(LINE, max_size=6),
    st.sampled_from(["\n", ""]),
)
WANTED: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    st.sampled_from(["istiod.istio-system.svc", "httpbin.bar.global"]),
    st.sampled_from(["10.77.0.200", "127.255.0.3"]),
    min_size=1,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script that reads and writes the hosts file in it."""
    there = tmp_path_factory.mktemp("hosts")
    (there / "hosts").touch()
    script = (SCRIPTS / "machine.sh").read_text().replace("/etc/hosts", str(there / "hosts"))
    (there / "machine.sh").write_text(script)
    return there


def call(folder: Path, function: str) -> str:
    words = ["bash", "-euo", "pipefail", "-c", f". ./machine.sh; {function}"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout


def place(folder: Path, wanted: Mapping[str, str]) -> str:
    """Have these names in the file, and return what it is then."""
    (folder / "wanted").write_text("".join(f"{address} {name}\n" for name, address in wanted.items()))
    (folder / "hosts").write_text(call(folder, "rendered_hosts wanted vm-1"))
    return (folder / "hosts").read_text()


def resolved(text: str, name: str) -> str | None:
    """The address of a name as the C library reads it: of the first line that has the name (hosts(5))."""
    for line in text.split("\n"):
        words = line.partition("#")[0].split()
        if name in words[1:]:
            return words[0]
    return None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=FILES, wanted=WANTED)
def test_wanted_names_are_found_and_everything_of_others_is_left_as_it_was(
    before: str, wanted: dict[str, str], folder: Path
) -> None:
    # Of a line with all of several wanted names and one's own address nobody could tell the rest from what is meshx's.
    assume(not any(len(set(wanted) & set(line.partition("#")[0].split())) > 1 for line in before.splitlines()))
    (folder / "hosts").write_text(before)
    placed = place(folder, wanted)
    assert {name: resolved(placed, name) for name in wanted} == wanted
    assert set(call(folder, "own_hosts_lines vm-1").splitlines()) == {f"{wanted[name]} {name}" for name in wanted}
    assert place(folder, wanted) == placed
    for name in ("db.example", "localhost", "ip6-all"):
        assert resolved(placed, name) == resolved(before, name)
    assert resolved(placed, "vm-1") is not None
    # awk ends the last line, if there is one.
    assert call(folder, "rendered_hosts") == before + ("\n" if before and not before.endswith("\n") else "")


def test_a_line_written_by_hand_for_the_same_name_and_address_hides_nothing_of_meshx(folder: Path) -> None:
    (folder / "hosts").write_text("10.77.0.200 istiod.istio-system.svc\n")
    place(folder, {"istiod.istio-system.svc": "10.77.0.200"})
    assert call(folder, "own_hosts_lines vm-1") == "10.77.0.200 istiod.istio-system.svc\n"
