"""What is made of exposed services, and what is refused before anything is made."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from meshx.components.mesh_outputs import exposed_by_name
from meshx.config.errors.problems import ConfigurationError
from meshx.config.resolved import Group, InstanceShape, Machine, SshConnection
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.exposure.found_services import FoundEntry, FoundService, FoundServices
from meshx.exposure.offered_ports import OfferedPort
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.networks.topology import Networks

NETWORKS = Networks(own="network1", gateways=frozenset({"network1"}))
WORKLOAD = WorkloadConfiguration.model_validate({"name": "vmhttp", "namespace": "vm"})
HTTPBIN = FoundService(
    exists=True,
    cluster_ip="10.96.0.9",
    ports={8000: "HTTP"},
    service_accounts=("httpbin",),
    pods=1,
    without_sidecar=(),
    injects=True,
)


def machine(name: str, network: str) -> Machine:
    ssh = SshConnection("10.77.0.11", 22, "root", "", None, None, 15)
    return Machine(name, "10.77.0.11", network, {}, WORKLOAD, ssh)


MACHINES = [machine("vm-1", "network1"), machine("vm-2", "network2")]


def group(network: str) -> Group:
    shape = InstanceShape("shop-prod", "e2-small", "debian-cloud/debian-12", 10, "default", "default", (), {}, "")
    return Group(WORKLOAD, network, shape, "europe-west1", (), 3, None, None)


def exposed(**keys: Any) -> ExposedConfiguration:
    port = {} if "ports" in keys or keys.pop("whole", False) else {"port": 8000}
    return ExposedConfiguration.model_validate({"service": "httpbin", "namespace": "bar", **port, **keys})


def planned(
    *wanted: ExposedConfiguration,
    seen: FoundService = HTTPBIN,
    entries: tuple[FoundEntry, ...] = (),
    machines: Sequence[Machine | Group] = MACHINES,
) -> ExposurePlan:
    services = {(one.namespace, one.service): seen for one in wanted}
    return exposure_plan(wanted, machines, FoundServices(services, entries), "cluster.local", NETWORKS)


def refused(*wanted: ExposedConfiguration, **around: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        planned(*wanted, **around)
    return [str(problem) for problem in error.value.problems]


def test_a_name_leads_to_the_service_on_the_clusters_network_and_to_an_address_of_its_own_elsewhere() -> None:
    plan = planned(exposed())
    (offer,) = plan.offers
    assert plan.names_of("vm-1") == {"httpbin.bar.global": "10.96.0.9"}
    assert plan.names_of("vm-2") == {"httpbin.bar.global": offer.address}
    assert offer.address.startswith("127.255.")
    assert offer.identities == ("spiffe://cluster.local/ns/bar/sa/httpbin",)
    assert not plan.warnings


def test_only_the_named_machines_know_the_name() -> None:
    plan = planned(exposed(machines=["vm-2"]))
    assert plan.names_of("vm-1") == {}
    assert list(plan.names_of("vm-2")) == ["httpbin.bar.global"]


def test_an_address_by_hand_stands_above_the_rule() -> None:
    assert planned(exposed(address="10.200.0.7")).names_of("vm-2") == {"httpbin.bar.global": "10.200.0.7"}


def test_the_service_account_that_is_written_stands_above_what_the_pods_have() -> None:
    (offer,) = planned(exposed(serviceAccount="web")).offers
    assert offer.identities == ("spiffe://cluster.local/ns/bar/sa/web",)


@pytest.mark.parametrize(
    ("said", "written", "protocol"),
    [
        ("HTTP", None, "HTTP"),
        (None, None, "TCP"),
        (None, "GRPC", "GRPC"),
        ("HTTP", "HTTP2", "HTTP2"),
        ("TCP", None, "TCP"),
    ],
)
def test_the_protocol_is_what_the_service_says_unless_it_is_written(
    said: Any, written: str | None, protocol: str
) -> None:
    keys = {"protocol": written} if written else {}
    (offer,) = planned(exposed(**keys), seen=replace(HTTPBIN, ports={8000: said})).offers
    assert offer.ports == (OfferedPort(8000, protocol),)  # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "written"), [("HTTP", "TCP"), ("TCP", "HTTP"), ("MYSQL", "GRPC")])
def test_a_protocol_that_would_lead_past_the_mesh_is_refused(said: Any, written: str) -> None:
    (refusal,) = refused(exposed(protocol=written), seen=replace(HTTPBIN, ports={8000: said}))
    assert f"carries {said}, and proxies on the cluster's network treat it so" in refusal


def test_a_service_keeps_the_address_that_the_cluster_says_it_has() -> None:
    entries = (FoundEntry("httpbin.bar.global", "127.255.0.77", own=True),)
    assert planned(exposed(), entries=entries).offers[0].address == "127.255.0.77"


@pytest.mark.parametrize("written", ["127.255.223.4", "127.255.223.4/32", "127.255.223.0/24"])
@pytest.mark.parametrize("own", [True, False])
def test_addresses_of_other_service_entries_count_as_taken(written: str, own: bool) -> None:
    (free,) = planned(exposed()).offers
    assert free.address == "127.255.223.4"
    (offer,) = planned(exposed(), entries=(FoundEntry("other.bar.global", written, own),)).offers
    assert offer.address != free.address


def test_an_address_by_hand_that_is_taken_is_refused_with_who_has_it() -> None:
    (said,) = refused(exposed(address="127.255.0.9"), entries=(FoundEntry("theirs.example", "127.255.0.9", False),))
    assert "127.255.0.9 is taken by the ServiceEntry of theirs.example" in said


def test_a_host_that_others_describe_is_refused() -> None:
    (said,) = refused(exposed(), entries=(FoundEntry("httpbin.bar.global", "127.255.0.3", False),))
    assert "another owner's ServiceEntry has the host httpbin.bar.global already" in said


def test_the_end_of_the_range_is_told_with_the_way_out() -> None:
    (said,) = refused(exposed(), entries=(FoundEntry("all.example", "127.0.0.0/8", False),))
    assert "no address of 127.255.0.0/16 is free" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exists": False}, "there is no Service bar/httpbin"),
        ({"ports": {80: None, 443: "HTTPS"}}, "has no TCP port 8000; its TCP ports are 80, 443"),
        ({"other_ports": {8000: "UDP"}, "ports": {80: None}}, "port 8000 of Service bar/httpbin is UDP, which Istio"),
        ({"cluster_ip": "None"}, "has no address of its own (headless)"),
        (
            {"cluster_ip": "", "external_name": "shop.example", "ports": {}},
            "is an ExternalName: it leads to shop.example",
        ),
        ({"pods": 0, "service_accounts": ()}, "neither pods nor a workload that makes some"),
        ({"without_sidecar": ("httpbin-1",), "injects": False}, "pods of bar/httpbin have no sidecar (httpbin-1)"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(change: dict[str, Any], words: str) -> None:
    (said,) = refused(exposed(), seen=replace(HTTPBIN, **change))
    assert words in said
    assert said.startswith("meshx:exposed[0]")
    assert "write: " in said


def test_pods_without_a_sidecar_do_for_machines_of_the_clusters_network() -> None:
    bare = replace(HTTPBIN, without_sidecar=("httpbin-1",), injects=False)
    assert planned(exposed(machines=["vm-1"]), seen=bare).names_of("vm-1")


def test_pods_older_than_the_mesh_are_a_warning_with_the_command() -> None:
    (warning,) = planned(exposed(), seen=replace(HTTPBIN, without_sidecar=("a", "b", "c", "d", "e"))).warnings
    assert "(a, b, c and 2 more)" in warning
    assert "kubectl -n bar rollout restart" in warning


def test_a_mesh_without_a_network_exposes_nothing() -> None:
    with pytest.raises(ConfigurationError, match="a single network without a name"):
        exposure_plan(
            [exposed()], [], FoundServices({("bar", "httpbin"): HTTPBIN}, ()), "cluster.local", Networks(own="")
        )


MANY = replace(HTTPBIN, ports={8000: "HTTP", 9000: None, 443: "TLS"}, other_ports={53: "UDP"})


def test_all_ports_of_a_service_are_offered_each_with_what_it_carries_and_others_are_left_out_in_words() -> None:
    plan = planned(exposed(whole=True), seen=MANY)
    assert plan.offers[0].ports == (OfferedPort(8000, "HTTP"), OfferedPort(9000, "TCP"), OfferedPort(443, "TLS"))
    (said,) = plan.notes
    assert said == "httpbin.bar.global: without port 53 (UDP) of Service bar/httpbin, since Istio carries TCP alone"


def test_each_port_is_exported_the_first_under_the_services_own_name() -> None:
    assert exposed_by_name(planned(exposed(whole=True), seen=MANY)) == {
        "bar/httpbin": "httpbin.bar.global:8000",
        "bar/httpbin:9000": "httpbin.bar.global:9000",
        "bar/httpbin:443": "httpbin.bar.global:443",
    }


def test_ports_that_are_named_are_offered_alone_and_in_their_order() -> None:
    plan = planned(exposed(ports=[9000, 8000]), seen=MANY)
    assert [port.number for port in plan.offers[0].ports] == [9000, 8000]
    assert not plan.notes


def test_ports_that_a_service_lacks_are_refused_each_by_its_place() -> None:
    lacking, udp = refused(exposed(ports=[8000, 9001, 53]), seen=MANY)
    assert lacking.startswith("meshx:exposed[0].ports[1]")
    assert "has no TCP port 9001; its TCP ports are 8000, 9000, 443" in lacking
    assert udp.startswith("meshx:exposed[0].ports[2]")
    assert "port 53 of Service bar/httpbin is UDP" in udp


def test_a_service_without_a_port_of_tcp_is_refused() -> None:
    (said,) = refused(exposed(whole=True), seen=replace(MANY, ports={}))
    assert said.startswith("meshx:exposed[0].service")
    assert "has no TCP port, and Istio carries no other" in said


def test_a_services_ports_that_are_others_now_than_in_the_stacks_objects_are_told() -> None:
    before = FoundEntry("httpbin.bar.global", "127.255.0.77", own=True, ports=frozenset({8000}))
    (said,) = planned(exposed(whole=True), seen=MANY, entries=(before,)).outdated
    assert said == "httpbin.bar.global has port 8000, and port 443, 8000, 9000 of Service bar/httpbin is exposed now"
    assert not planned(exposed(), seen=MANY, entries=(before,)).outdated
    assert not planned(exposed(), seen=MANY, entries=(replace(before, ports=None),)).outdated


@pytest.mark.parametrize(("network", "near"), [("network1", True), ("network2", False)])
def test_a_groups_instances_look_the_name_up_and_get_its_address_from_their_proxies(network: str, near: bool) -> None:
    plan = planned(exposed(), machines=[group(network)])
    (offer,) = plan.offers
    assert plan.looked_up_by("vm/vmhttp") == {"httpbin.bar.global": offer.address}
    assert offer.near_groups is near
    assert planned(exposed(machines=["vm-1"]), machines=[group(network)]).looked_up_by("vm/vmhttp") == {}
    assert planned(exposed(machines=["vmhttp"]), machines=[group(network)]).looked_up_by("vm/vmhttp")


def test_a_group_elsewhere_cannot_call_pods_without_a_sidecar() -> None:
    bare = replace(HTTPBIN, without_sidecar=("httpbin-1",), injects=False)
    (said,) = refused(exposed(), seen=bare, machines=[group("network2")])
    assert "pods of bar/httpbin have no sidecar" in said
