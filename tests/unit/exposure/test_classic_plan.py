"""What is made of exposed services with Istio 1.1 to 1.4, by the guides' own values."""

from dataclasses import replace
from typing import Any

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.resolved import Machine
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.exposure.classic_plan import classic_exposure_plan
from meshx.exposure.found_services import FoundEntry, FoundService, FoundServices, found_services
from meshx.exposure.plan import ExposurePlan
from meshx.istio.versions import IstioLine
from meshx.networks.topology import Networks
from tests.unit.exposure.test_plan import MACHINES

NEAR_ALONE = MACHINES[:1]
PRODUCTPAGE = FoundService(
    exists=True,
    cluster_ip="172.21.88.9",
    ports={9080: "HTTP"},
    service_accounts=("default",),
    pods=1,
    without_sidecar=(),
    injects=True,
)
HTTPBIN = replace(PRODUCTPAGE, cluster_ip="172.21.4.7", ports={8000: "HTTP"})


def exposed(**keys: Any) -> ExposedConfiguration:
    return ExposedConfiguration.model_validate({"service": "httpbin", "namespace": "bar", "port": 8000, **keys})


def planned(
    *wanted: ExposedConfiguration,
    seen: FoundService = HTTPBIN,
    entries: tuple[FoundEntry, ...] = (),
    machines: list[Machine] = MACHINES,
) -> ExposurePlan:
    services = {(one.namespace, one.service): seen for one in wanted}
    return classic_exposure_plan(
        wanted, machines, FoundServices(services, entries), Networks(own="network1"), "172.21.0.0/16"
    )


def refused(*wanted: ExposedConfiguration, **around: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        planned(*wanted, **around)
    return [str(problem) for problem in error.value.problems]


def test_on_a_single_network_a_services_own_name_leads_to_its_cluster_ip_and_nothing_else_is_made() -> None:
    wanted = exposed(service="productpage", namespace="default", port=9080)
    plan = planned(wanted, seen=PRODUCTPAGE, machines=NEAR_ALONE)
    assert plan.names_of("vm-1") == {"productpage.default.svc.cluster.local": "172.21.88.9"}
    (offer,) = plan.offers
    assert (offer.address, offer.host) == ("", "productpage.default.svc.cluster.local")


def test_on_another_network_the_global_name_leads_to_the_guides_address_and_the_own_name_nowhere() -> None:
    plan = planned(exposed(address="127.255.0.3"))
    assert plan.names_of("vm-2") == {"httpbin.bar.global": "127.255.0.3"}
    assert plan.offers[0].host == "httpbin.bar.global"


def test_with_gateways_a_machine_of_the_clusters_network_knows_both_names() -> None:
    plan = planned(exposed(address="127.255.0.3"))
    assert plan.names_of("vm-1") == {
        "httpbin.bar.svc.cluster.local": "172.21.4.7",
        "httpbin.bar.global": "127.255.0.3",
    }


def test_only_the_named_machines_know_the_names() -> None:
    plan = planned(exposed(machines=["vm-1"]))
    assert plan.names_of("vm-2") == {}
    assert list(plan.names_of("vm-1")) == ["httpbin.bar.svc.cluster.local", "httpbin.bar.global"]


def test_an_address_is_kept_from_run_to_run_and_an_others_is_never_given() -> None:
    kept = (FoundEntry("httpbin.bar.global", "127.255.0.77", own=True),)
    assert planned(exposed(), entries=kept).offers[0].address == "127.255.0.77"
    free = planned(exposed()).offers[0].address
    assert planned(exposed(), entries=(FoundEntry("theirs.example", free, own=False),)).offers[0].address != free


def test_an_address_by_hand_that_a_service_entry_of_others_has_is_refused_with_whose_it_is() -> None:
    theirs = (FoundEntry("theirs.example", "127.255.0.3", own=False),)
    (said,) = refused(exposed(address="127.255.0.3"), entries=theirs)
    assert "127.255.0.3 is taken by the ServiceEntry of theirs.example" in said
    assert said.startswith("meshx:exposed[0].address")


def test_a_host_that_others_describe_is_refused_with_gateways_and_of_no_interest_without() -> None:
    theirs = (FoundEntry("httpbin.bar.global", "127.255.0.3", own=False),)
    (said,) = refused(exposed(), entries=theirs)
    assert "another owner's ServiceEntry has the host httpbin.bar.global already" in said
    assert planned(exposed(), entries=theirs, machines=NEAR_ALONE).names_of("vm-1")


@pytest.mark.parametrize("address", ["172.21.255.3", "127.255.0.3"])
def test_an_address_is_one_that_machines_hand_to_their_proxy(address: str) -> None:
    assert planned(exposed(address=address)).offers[0].address == address
    (said,) = refused(exposed(address="10.200.0.7"))
    assert "only calls to 127.255.0.0/16 and to the cluster's services (172.21.0.0/16) to their proxy" in said


@pytest.mark.parametrize("machines", [MACHINES, NEAR_ALONE])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exists": False}, "there is no Service bar/httpbin"),
        ({"ports": {80: None, 443: "HTTPS"}}, "has no TCP port 8000; its TCP ports are 80, 443"),
        ({"cluster_ip": "None"}, "has no address of its own (headless)"),
    ],
)
def test_a_service_that_no_machine_can_call_is_refused(
    change: dict[str, Any], words: str, machines: list[Machine]
) -> None:
    (said,) = refused(exposed(), seen=replace(HTTPBIN, **change), machines=machines)
    assert words in said
    assert said.startswith("meshx:exposed[0]")
    assert "write: " in said


def test_pods_without_a_sidecar_can_be_called_on_the_clusters_network_only() -> None:
    bare = replace(HTTPBIN, without_sidecar=("httpbin-1",), injects=False)
    (said,) = refused(exposed(), seen=bare)
    assert "the mutual TLS that the gateway passes through" in said
    assert planned(exposed(machines=["vm-1"]), seen=bare).names_of("vm-1")


def test_nobody_asks_who_answers_so_a_service_without_pods_is_a_warning_alone() -> None:
    plan = planned(exposed(), seen=replace(HTTPBIN, pods=0, service_accounts=()))
    assert plan.warnings == ("httpbin.bar.global: Service bar/httpbin has no pods now",)
    assert plan.offers[0].identities == ()


def test_a_ports_name_says_what_it_carries_and_its_app_protocol_does_not() -> None:
    port = {"port": 8000, "name": "tcp-raw", "appProtocol": "http"}
    service = {
        "namespace": "bar",
        "service": "httpbin",
        "exists": True,
        "clusterIp": "172.21.4.7",
        "ports": [port],
        "serviceAccounts": [],
        "pods": 0,
        "withoutSidecar": [],
        "injects": True,
    }
    found = {"services": [service], "entries": []}
    assert found_services(found, IstioLine.CLASSIC).services["bar", "httpbin"].ports == {8000: "TCP"}
    assert found_services(found, IstioLine.ISTIOD).services["bar", "httpbin"].ports == {8000: "HTTP"}
