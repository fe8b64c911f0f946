"""What a preview says of a machine that it is about to bring in."""

import time
from typing import Any

import pytest

from meshx.machine.join_inputs import join_inputs
from meshx.machine.machine_errors import UnreachableError
from meshx.machine.moving.joined_by import Whose
from meshx.machine.observation import FoundFile, FoundPackage, Observation
from meshx.machine.preview_observation import UNREACHABLE_AT_MOST, PreviewObservations, told
from meshx.machine.surroundings import Surroundings
from meshx.plugin_base.custom_resource import Operation
from meshx.plugin_base.property_values import UNKNOWN

ENV = "/var/lib/meshx/sidecar/cluster.env"


def inputs() -> dict[str, Any]:
    return {
        "machine": "vm-1",
        "namespace": "vm",
        "serviceAccount": "vmhttp",
        "connection": {"host": "192.0.2.1", "port": 22.0, "user": "root", "hostKey": ""},
        "bundle": {
            "files": {ENV: {"content": "A='1'\nB='2'\n", "owner": "root:root", "mode": "0644"}},
            "hosts": {"istiod.istio-system.svc": "10.77.0.200"},
            "unit": {"name": "istio", "enabled": True, "active": True},
            "package": {"name": "istio-sidecar", "source": "x.deb", "sha256": "00"},
            "packetRules": "in place",
        },
    }


def seen(**differences: Any) -> Observation:
    facts: dict[str, Any] = {
        "machine_id": "m",
        "host_name": "vm-1",
        "clock": int(time.time()),
        "joined": False,
        "files": {},
        "addresses": {},
        "unit_enabled": False,
        "unit_state": "inactive",
        "package": FoundPackage("", "", "", False),
        "rules": frozenset(),
        "recorded_rules": frozenset(),
        "certificate": None,
        "token_end": None,
        "ready": False,
        "log": "",
    }
    return Observation(**(facts | differences))


BY_HAND = {
    "files": {ENV: FoundFile(b"A='1'\nB='3'\n", "istio-proxy:root", "0644")},
    "addresses": {"istiod.istio-system.svc": "10.77.0.201"},
    "unit_state": "active",
    "package": FoundPackage("ii  1.31.0", "", "", False),
    "rules": frozenset({"ipv4"}),
}


@pytest.mark.parametrize(
    ("wanted", "found", "words"),
    [
        (
            {"whenDown": {"ports": [8080.0], "callsPastTheProxy": "refused"}},
            "answered: no table",
            "answered: no table, to be refused",
        ),
        ({}, "refused, by a file", "refused, by a file, to be answered"),
    ],
)
def test_calls_past_the_proxy_are_told_where_up_changes_what_becomes_of_them(
    wanted: dict[str, Any], found: str, words: str
) -> None:
    of_machine = inputs()
    of_machine["bundle"] |= wanted
    lines = told(join_inputs(of_machine), seen(joined=True, past_the_proxy=found))
    assert f"  calls past the proxy: {words}" in lines


def test_nothing_is_said_of_a_machine_that_never_joined() -> None:
    assert told(join_inputs(inputs()), seen()) == []


def test_a_machine_joined_by_hand_is_told_with_each_difference() -> None:
    lines = told(join_inputs(inputs()), seen(**BY_HAND))
    assert lines[0] == "vm-1 was joined by hand. `up` takes it over and changes:"
    assert [line.strip() for line in lines[1:]] == [
        f"{ENV}: istio-proxy:root 0644, to be root:root 0644",
        f"{ENV}:",
        "-B='3'",
        "+B='2'",
        "istiod.istio-system.svc in /etc/hosts: 10.77.0.201, to be 10.77.0.200",
        "unit istio: not enabled",
        "package istio-sidecar: version 1.31.0, installed by others; it is installed anew unless it is the very same",
        "so the update restarts the sidecar",
    ]


def test_a_machine_of_another_stack_is_not_taken_for_one_joined_by_hand() -> None:
    lines = told(join_inputs(inputs()), seen(**BY_HAND, joined=True))
    assert "by another stack" in lines[0]
    assert lines[-1] == "  so the update restarts the sidecar, unless it runs with this already"


def test_a_machine_that_is_a_member_under_another_name_is_told_with_it() -> None:
    lines = told(join_inputs(inputs()), seen(**BY_HAND, joined=True, joined_as="web-1"))
    clone = "vm-1 is in the mesh already as web-1, or its clone: it gets a key of its own"
    assert lines[0] == f"{clone}. `up` takes it over and changes:"


class Said:
    """An operation's surroundings that keep what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        operation = Operation("urn", "meshx:index:Join", "vm-1", True, log=lambda _, line: self.lines.append(line))
        self.around = Surroundings(None, None, operation)  # type: ignore[arg-type]


def test_machines_out_of_reach_are_named_until_it_is_clear_that_none_can_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    async def nobody(wanted: Any, around: Any) -> Observation:
        looked.append(wanted.machine)
        raise UnreachableError(f"{wanted.machine}: 192.0.2.1 port 22 cannot be reached by SSH")

    monkeypatch.setattr("meshx.machine.preview_observation.look_over_a_line", nobody)
    said, looks = Said(), PreviewObservations()
    for _ in range(UNREACHABLE_AT_MOST + 5):
        looks.tell(inputs(), said.around)
    assert len(looked) == UNREACHABLE_AT_MOST
    assert said.lines[0] == "vm-1 was not looked at: vm-1: 192.0.2.1 port 22 cannot be reached by SSH"
    assert said.lines[-1].startswith("further machines are not looked at")
    assert len(said.lines) == UNREACHABLE_AT_MOST + 1


def test_what_is_not_known_yet_is_not_called_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(wanted: Any, around: Any) -> tuple[Observation, Whose]:
        return seen(**BY_HAND), Whose.OURS

    monkeypatch.setattr("meshx.machine.preview_observation.look_over_a_line", found)
    news, said = inputs(), Said()
    news["bundle"]["hosts"] = {"istiod.istio-system.svc": UNKNOWN}
    news["bundle"]["files"]["/etc/certs/root-cert.pem"] = {"content": UNKNOWN, "owner": "root:root", "mode": "0644"}
    news["bundle"]["certificate"] = "valid"
    PreviewObservations().tell(news, said.around)
    (told_of_it,) = said.lines
    assert "joined by hand" in told_of_it
    assert "in /etc/hosts" not in told_of_it
    assert "certificate" not in told_of_it


def test_a_look_that_breaks_fails_no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(wanted: Any, around: Any) -> Observation:
        raise RuntimeError("surprise")

    monkeypatch.setattr("meshx.machine.preview_observation.look_over_a_line", broken)
    said = Said()
    PreviewObservations().tell(inputs(), said.around)
    assert said.lines == ["vm-1 was not looked at: surprise"]
