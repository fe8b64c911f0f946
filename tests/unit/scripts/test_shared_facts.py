"""The scripts name ports, paths and objects as the program does, which has each in one place."""

import re
from collections.abc import Iterator

import pytest

from meshx.istio import machine_paths, ports
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP
from meshx.join.scripts_library import LIBRARY, SCRIPTS

PORTS = {value for name, value in vars(ports).items() if name.endswith("_PORT")}
PATHS = {value for name, value in vars(machine_paths).items() if name.isupper()}
SAME = {
    r"\b15\d{3}\b": {str(port) for port in PORTS},
    r"/(?:var/)?run/secrets/tokens/[\w-]+": {machine_paths.TOKEN},
    r"/etc/certs\b[\w/.-]*": PATHS,
    r"/var/lib/istio/envoy\b[\w/.-]*": PATHS,
    r"/usr/local/lib/[\w-]+": {LIBRARY, machine_paths.AGENT_FOLDER},
    r"\bistio-ca-root-[\w-]+": {ROOT_CERTIFICATE_CONFIG_MAP},
}
"""What scripts may hold of a kind, by the pattern of the kind."""


def found(pattern: str) -> Iterator[tuple[str, str]]:
    """What the scripts and units hold of a kind, with the file's name."""
    for path in sorted(SCRIPTS.rglob("*")):
        if path.suffix in {".sh", ".service", ".timer", ".path"}:
            yield from ((path.name, text) for text in re.findall(pattern, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("pattern", SAME)
def test_what_a_script_names_is_what_the_program_names(pattern: str) -> None:
    places = list(found(pattern))
    assert places
    assert [place for place in places if place[1] not in SAME[pattern]] == []


def test_a_machine_that_runs_something_on_a_port_of_the_sidecar_is_found_out() -> None:
    text = (SCRIPTS / "checks.sh").read_text(encoding="utf-8")
    (listed,) = re.findall(r"for port in ([\d ]+);", text)
    of_the_sidecar = {
        ports.ENVOY_ADMINISTRATION_PORT,
        ports.OUTBOUND_PORT,
        ports.DEBUG_PORT,
        ports.INBOUND_PORT,
        ports.MERGED_METRICS_PORT,
        ports.READINESS_PORT,
        ports.DNS_PORT,
        ports.ENVOY_METRICS_PORT,
    }
    assert {int(port) for port in listed.split()} == of_the_sidecar
