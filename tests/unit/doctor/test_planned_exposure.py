"""What the doctor says of exposed services, and which names it expects on which machine."""

from pathlib import Path
from typing import Any

import pytest

from meshx.config.loading import load
from meshx.config.owner import stated_owner
from meshx.config.stack import StackConfiguration
from meshx.control_plane.exposed_services import istiod_exposure
from meshx.control_plane.installed_facts import installed_facts
from meshx.doctor.finding import Finding, State
from meshx.doctor.planned_exposure import judged_exposure
from meshx.exposure.plan import ExposurePlan
from meshx.networks.topology import Networks
from tests.program.test_networks import HTTPBIN, SEEN


@pytest.fixture
def configuration(tmp_path: Path) -> StackConfiguration:
    """A stack that exposes httpbin to nobody yet: it has no machine."""
    values: dict[str, Any] = {
        "cluster": {"context": "somewhere"},
        "mesh": {"istioVersion": "1.31", "network": "network1"},
        "exposed": [HTTPBIN],
    }
    return load(values, tmp_path)


def looked(configuration: StackConfiguration, **service: Any) -> tuple[ExposurePlan, list[Finding]]:
    """What is said of a cluster where httpbin is so, by what an installed control plane says of itself."""
    return judged(configuration, {**SEEN, "services": [{**SEEN["services"][0], **service}]})


def judged(configuration: StackConfiguration, found: dict[str, Any]) -> tuple[ExposurePlan, list[Finding]]:
    facts = installed_facts(configuration.mesh)
    networks = Networks(own=facts.network)
    return judged_exposure(
        lambda: istiod_exposure(
            configuration, facts, networks, stated_owner("meshx.dev"), lambda token, arguments: found
        )
    )


def test_services_that_are_there_are_fine(configuration: StackConfiguration) -> None:
    plan, (finding,) = looked(configuration)
    assert (finding.state, finding.found) == (State.OK, "httpbin.bar.global")
    assert [offer.exposed.host for offer in plan.offers] == ["httpbin.bar.global"]


def test_a_service_that_is_gone_is_a_fault_with_its_place(configuration: StackConfiguration) -> None:
    plan, (finding,) = looked(configuration, exists=False)
    assert finding.state is State.FAULT
    assert finding.found == "there is no Service bar/httpbin"
    assert "meshx:exposed[0].service" in finding.cause
    assert plan.offers == ()


def test_a_service_without_pods_is_a_fault(configuration: StackConfiguration) -> None:
    _, (finding,) = looked(configuration, pods=0)
    assert finding.state is State.FAULT
    assert "has no pods now" in finding.found


def test_ports_that_have_come_since_the_last_up_are_a_fault_and_ports_of_udp_a_note(
    configuration: StackConfiguration,
) -> None:
    whole = configuration.exposed[0].model_copy(update={"port": None})
    udp = {"port": 53, "name": "dns", "appProtocol": "", "protocol": "UDP"}
    entry = {"host": "httpbin.bar.global", "address": "127.255.0.3", "own": True, "ports": [80]}
    found = {"services": [{**SEEN["services"][0], "ports": [*SEEN["services"][0]["ports"], udp]}], "entries": [entry]}
    _, (changed, left_out) = judged(configuration.model_copy(update={"exposed": (whole,)}), found)
    assert (changed.state, changed.remedy) == (State.FAULT, "`pulumi up`")
    assert changed.found == "httpbin.bar.global has port 80, and port 8000 of Service bar/httpbin is exposed now"
    assert "without port 53 (UDP)" in left_out.found
    assert left_out.state is not State.FAULT


def test_a_stack_that_exposes_nothing_has_nothing_said_of_it(configuration: StackConfiguration) -> None:
    plan, findings = looked(configuration.model_copy(update={"exposed": ()}))
    assert (plan.offers, findings) == ((), [])
