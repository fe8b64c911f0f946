"""What the doctor says of exposed services, and which names it expects on which machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.components.istiod.control_plane import installed_facts
from meshx.config.loading import load
from meshx.config.stack import StackConfiguration
from meshx.doctor import planned_exposure
from meshx.doctor.finding import State
from meshx.exposure.found_services import FoundServices
from meshx.exposure.plan import ExposurePlan, exposure_plan
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


def plan_of(configuration: StackConfiguration) -> Callable[[FoundServices], ExposurePlan]:
    """The plan by what an installed control plane says of itself."""
    facts = installed_facts(configuration.mesh)
    networks = Networks(own=facts.network)
    return lambda seen: exposure_plan(configuration.exposed, (), seen, facts.trust_domain, networks)


def looked(monkeypatch: pytest.MonkeyPatch, configuration: StackConfiguration, **service: Any) -> Any:
    found = {**SEEN, "services": [{**SEEN["services"][0], **service}]}
    monkeypatch.setattr(planned_exposure, "exposed_services", lambda cluster, arguments: found)
    return planned_exposure.look_at_exposed(configuration, Cluster(), "meshx.dev", plan_of(configuration))


def test_services_that_are_there_are_fine(monkeypatch: pytest.MonkeyPatch, configuration: StackConfiguration) -> None:
    plan, (finding,) = looked(monkeypatch, configuration)
    assert (finding.state, finding.found) == (State.OK, "httpbin.bar.global")
    assert [offer.exposed.host for offer in plan.offers] == ["httpbin.bar.global"]


def test_a_service_that_is_gone_is_a_fault_with_its_place(
    monkeypatch: pytest.MonkeyPatch, configuration: StackConfiguration
) -> None:
    plan, (finding,) = looked(monkeypatch, configuration, exists=False)
    assert finding.state is State.FAULT
    assert finding.found == "there is no Service bar/httpbin"
    assert "meshx:exposed[0].service" in finding.cause
    assert plan.offers == ()


def test_a_service_without_pods_is_a_fault(monkeypatch: pytest.MonkeyPatch, configuration: StackConfiguration) -> None:
    _, (finding,) = looked(monkeypatch, configuration, pods=0)
    assert finding.state is State.FAULT
    assert "has no pods now" in finding.found


def test_a_stack_that_exposes_nothing_asks_nothing(
    monkeypatch: pytest.MonkeyPatch, configuration: StackConfiguration
) -> None:
    bare = configuration.model_copy(update={"exposed": ()})
    plan, findings = planned_exposure.look_at_exposed(bare, Cluster(), "meshx.dev", plan_of(bare))
    assert (plan.offers, findings) == ((), [])
