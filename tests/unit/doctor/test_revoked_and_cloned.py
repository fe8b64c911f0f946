"""What the doctor says of revoked machines and of clones."""

from __future__ import annotations

import pytest

from meshx.cluster.cluster_client import ClusterError
from meshx.cluster.proxy_connections import connected_names
from meshx.config.loading import load
from meshx.doctor.checks.identity import clones_check
from meshx.doctor.checks.identity.clones_check import check_clones
from meshx.doctor.checks.identity.machine_id_check import check_machine_id
from meshx.doctor.checks.identity.revocation_check import check_revocations
from meshx.doctor.finding import State
from tests.unit.doctor.healthy_machine import MACHINE, seen
from tests.unit.reachability.stacks import fill, machine, stack, workload

# The answer of an istiod of 1.31 with vm-1 and a clone of it, as it came, without times and addresses.
ANSWER = b"""{"totalClients": 4, "clients": [
  {"connectionId": "istio-eastwestgateway-544fd9dd57-gjvgt.istio-system-1"}, {"connectionId": "vm-1.vm-7"},
  {"connectionId": "vm-1.vm-4"}, {"connectionId": "vm-2.vm-2"}]}"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clones_check, "SECOND_LOOK_SECONDS", 0.0)


def test_two_connections_with_one_machines_name_are_a_fault() -> None:
    (finding,) = check_clones([MACHINE], lambda: connected_names(ANSWER) or [])
    assert finding.state is State.FAULT
    assert finding.found == "2 proxies are connected to istiod as vm-1"


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}x", b'{"clients": [{"id": 1}]}'])
def test_another_answer_of_istiod_is_none(answer: bytes) -> None:
    assert connected_names(answer) is None


def test_an_istiod_that_serves_nobody_names_nobody() -> None:
    assert connected_names(b'{"totalClients": 0}') == []


def test_a_proxy_that_reconnects_just_now_is_none() -> None:
    looks = [["vm-1.vm", "vm-1.vm"], ["vm-1.vm"]]
    (finding,) = check_clones([MACHINE], lambda: looks.pop(0))
    assert finding.state is State.OK


def test_a_user_who_may_not_ask_istiod_is_told_so() -> None:
    def refused() -> list[str]:
        raise ClusterError("asking istio-system/istiod-1: the cluster answers 403 to a port-forward", 403)

    (finding,) = check_clones([MACHINE], refused)
    assert finding.state is State.UNKNOWN and "403" in finding.found


def test_an_account_that_nothing_refuses_is_a_fault(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = fill(tmp_path_factory.mktemp("stack"))
    configuration = load(stack(workload(machine(1), machine(2, revoked=True), revocations=1)), folder)
    first, second = check_revocations(configuration, lambda _, account: account == "vmhttp")
    assert (first.state, first.found) == (State.OK, "vm/vmhttp is refused")
    assert (second.state, second.found) == (State.FAULT, "nothing refuses vm/vmhttp.r1")


def test_another_machine_id_than_at_the_join_is_a_fault() -> None:
    assert list(check_machine_id(seen(recorded_id="m-1", machine_id="m-1"))) == []
    (finding,) = check_machine_id(seen(recorded_id="m-1", machine_id="m-2"))
    assert finding.found == "/etc/machine-id is m-2, and was m-1 when it joined"
