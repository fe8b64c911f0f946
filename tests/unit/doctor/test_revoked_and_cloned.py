"""What the doctor says of revoked machines and of clones."""

from __future__ import annotations

import pytest

from meshx.cluster.cluster_client import ClusterError
from meshx.config.loading import load
from meshx.doctor.checks.identity import clones_check
from meshx.doctor.checks.identity.clones_check import check_clones
from meshx.doctor.checks.identity.machine_id_check import check_machine_id
from meshx.doctor.checks.identity.revocation_check import check_revocations
from meshx.doctor.finding import State
from tests.unit.doctor.healthy_machine import MACHINE, seen
from tests.unit.reachability.stacks import fill, machine, stack, workload

NODE = "sidecar~10.77.0.11~vm-1.vm~vm.svc.cluster.local"
OTHERS = ["router~10.244.0.3~istio-eastwestgateway-1.istio-system~istio-system.svc.cluster.local", "?"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clones_check, "SECOND_LOOK_SECONDS", 0.0)


def test_two_connections_with_one_machines_name_are_a_fault() -> None:
    (finding,) = check_clones([MACHINE], lambda: [NODE, *OTHERS, NODE])
    assert finding.state is State.FAULT
    assert finding.found == "2 proxies are connected to istiod as vm-1"


def test_a_proxy_that_reconnects_just_now_is_none() -> None:
    looks = [[NODE, NODE], [NODE]]
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
