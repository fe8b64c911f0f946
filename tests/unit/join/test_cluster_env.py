"""cluster.env, byte for byte."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.uncaptured import Uncaptured
from meshx.join.cluster_env import quoted, render_cluster_env
from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.machine_bundle import beside_metadata_server
from meshx.join.mesh_defaults import mesh_uncaptured
from tests.unit.join.join_examples import CALLER, CALLING_MACHINE, CONTROL_PLANE, MACHINE, WORKLOAD

EXPECTED = Path(__file__).parent / "expected"

# istioctl/pkg/workload/testdata/vmconfig-nil-proxy-metadata/cluster.env.golden of the Istio module.
ISTIOCTL = """\
CANONICAL_REVISION='latest'
CANONICAL_SERVICE='foo'
ISTIO_INBOUND_PORTS='*'
ISTIO_LOCAL_EXCLUDE_PORTS='22,15090,15021,15020'
ISTIO_METAJSON_LABELS='{"service.istio.io/canonical-name":"foo","service.istio.io/canonical-revision":"latest"}'
ISTIO_META_CLUSTER_ID='Kubernetes'
ISTIO_META_DNS_CAPTURE='true'
ISTIO_META_MESH_ID=''
ISTIO_META_NETWORK=''
ISTIO_META_WORKLOAD_NAME='foo'
ISTIO_NAMESPACE='bar'
ISTIO_SERVICE='foo.bar'
ISTIO_SERVICE_CIDR='*'
ISTIO_SVC_IP='10.10.10.10'
POD_NAMESPACE='bar'
SERVICE_ACCOUNT='vm-serviceaccount'
TRUST_DOMAIN=''
"""


@pytest.mark.parametrize(
    ("name", "facts", "workload", "machine"),
    [
        ("served.cluster.env", CONTROL_PLANE, WORKLOAD, MACHINE),
        ("calling.cluster.env", CONTROL_PLANE, CALLER, CALLING_MACHINE),
        ("revision.cluster.env", replace(CONTROL_PLANE, revision="1-31"), WORKLOAD, MACHINE),
    ],
)
def test_cluster_env_is_the_reviewed_file(name, facts, workload, machine):
    assert render_cluster_env(facts, workload, machine) == (EXPECTED / name).read_text()


def test_a_machine_of_both_families_says_so_in_one_line_more():
    before = render_cluster_env(CONTROL_PLANE, WORKLOAD, MACHINE).splitlines()
    after = render_cluster_env(CONTROL_PLANE, WORKLOAD, replace(MACHINE, both_families=True)).splitlines()
    assert set(after) - set(before) == {"ISTIO_DUAL_STACK='true'"}
    assert set(before) <= set(after)


def test_cluster_env_is_istioctls_own_but_for_inbound_capture_and_the_proxys_name():
    facts = ControlPlaneFacts(cluster_name="Kubernetes", mesh_id="", network="", trust_domain="")
    workload = WorkloadFacts(name="foo", namespace="bar", service_account="vm-serviceaccount")
    ours = render_cluster_env(facts, workload, MachineFacts(name="m", address="10.10.10.10", network=""))
    assert set(ours.splitlines()) ^ set(ISTIOCTL.splitlines()) == {
        "ISTIO_INBOUND_PORTS='*'",
        "ISTIO_INBOUND_PORTS=''",
        "POD_NAME='m'",
    }


@pytest.mark.parametrize(
    ("names", "ranges"),
    [
        ({}, "*"),
        ({"httpbin.bar.global": "10.96.0.9"}, "*"),
        ({"httpbin.bar.global": "127.255.0.3"}, "0.0.0.0/0,127.255.0.0/16,::/0"),
        ({"a.b.global": "10.96.0.9", "c.d.global": "127.255.0.3"}, "0.0.0.0/0,127.255.0.0/16,::/0"),
    ],
)
def test_loopback_addresses_are_captured_where_a_name_leads_to_one_and_never_beside_a_star(names, ranges):
    environment = render_cluster_env(CONTROL_PLANE, WORKLOAD, replace(MACHINE, names=names))
    assert f"ISTIO_SERVICE_CIDR='{ranges}'\n" in environment


def test_a_lifetime_of_certificates_is_told_to_the_proxy_where_there_is_one():
    assert "SECRET_TTL" not in render_cluster_env(CONTROL_PLANE, WORKLOAD, MACHINE)
    text = render_cluster_env(CONTROL_PLANE, WORKLOAD, replace(MACHINE, certificate_seconds=604800))
    assert "SECRET_TTL='604800s'" in text.splitlines()


def test_a_declared_entry_and_a_group_to_register_by_never_stand_together():
    grouped = replace(CONTROL_PLANE, proxy_defaults={"proxyMetadata": {"ISTIO_META_AUTO_REGISTER_GROUP": "somebody's"}})
    text = render_cluster_env(grouped, WORKLOAD, MACHINE)
    assert "ISTIO_META_WORKLOAD_ENTRY='vmhttp-vm-1'" in text
    assert "AUTO_REGISTER_GROUP" not in text


def test_an_istiod_outside_istio_system_is_named_to_the_start_script():
    assert "CA_ADDR" not in render_cluster_env(CONTROL_PLANE, WORKLOAD, MACHINE)
    elsewhere = replace(CONTROL_PLANE, system_namespace="mesh")
    assert "CA_ADDR='istiod.mesh.svc:15012'" in render_cluster_env(elsewhere, WORKLOAD, MACHINE)


KEPT_OUT = Uncaptured(outbound_ports=(111, 2049), outbound_ranges=("10.9.0.0/16",), inbound_ports=(9100,))


def lines(machine, facts=CONTROL_PLANE):
    return set(render_cluster_env(facts, WORKLOAD, machine).splitlines())


def test_what_stays_out_of_the_mesh_is_told_beside_what_istioctl_keeps_out_and_nothing_else_changes():
    before, after = lines(MACHINE), lines(replace(MACHINE, uncaptured=beside_metadata_server(KEPT_OUT)))
    assert after - before == {
        "ISTIO_LOCAL_EXCLUDE_PORTS='22,15090,15021,15020,9100'",
        "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='111,2049'",
        "ISTIO_SERVICE_EXCLUDE_CIDR='169.254.169.254/32,10.9.0.0/16'",
    }
    assert before - after == {"ISTIO_LOCAL_EXCLUDE_PORTS='22,15090,15021,15020'"}


def test_what_the_meshs_own_defaults_keep_out_stays_out_beside_it():
    given = {"ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE": "3306", "ISTIO_SERVICE_EXCLUDE_CIDR": "10.9.0.0/16,10.8.0.0/16"}
    facts = replace(CONTROL_PLANE, proxy_defaults={"proxyMetadata": given})
    assert {f"{name}='{value}'" for name, value in given.items()} <= lines(MACHINE, facts)
    assert {
        "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='3306,111,2049'",
        "ISTIO_SERVICE_EXCLUDE_CIDR='10.9.0.0/16,10.8.0.0/16'",
    } <= lines(replace(MACHINE, uncaptured=KEPT_OUT), facts)
    known = mesh_uncaptured(facts.proxy_defaults)
    assert (known.outbound_ports, known.outbound_ranges) == ((3306,), ("10.9.0.0/16", "10.8.0.0/16"))
    odd = {"proxyMetadata": {"ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE": "a, 5", "ISTIO_SERVICE_EXCLUDE_CIDR": "b"}}
    assert mesh_uncaptured(odd) == Uncaptured(outbound_ports=(5,))


@pytest.mark.parametrize(
    ("names", "more"), [({}, ""), ({"a.b.global": "10.96.0.9"}, ""), ({"c.d.global": "127.255.0.3"}, ",127.255.0.0/16")]
)
def test_ranges_that_alone_are_captured_come_to_those_of_the_meshs_names(names, more):
    only = replace(MACHINE, names=names, services="10.96.0.0/16", uncaptured=Uncaptured(only_ranges=("10.244.0.0/16",)))
    wanted = f"ISTIO_SERVICE_CIDR='10.96.0.0/16,240.240.0.0/16,2001:2::/48,10.244.0.0/16{more}'"
    assert wanted in lines(only)


def test_a_place_is_told_to_the_agent_as_a_label_of_the_proxy():
    assert not any("istio-locality" in line for line in lines(MACHINE))
    (told,) = lines(replace(MACHINE, locality="eu/eu-b")) - lines(MACHINE)
    assert told.startswith("ISTIO_METAJSON_LABELS='{")
    assert '"istio-locality":"eu/eu-b"' in told


def test_a_name_for_an_address_is_left_to_the_start_script():
    assert "ISTIO_SVC_IP" not in render_cluster_env(CONTROL_PLANE, WORKLOAD, replace(MACHINE, address="vm-1.example"))


def test_a_status_port_of_the_mesh_takes_the_place_of_the_default():
    other = replace(CONTROL_PLANE, proxy_defaults={"statusPort": 15099})
    assert "ISTIO_LOCAL_EXCLUDE_PORTS='22,15090,15021,15099'" in render_cluster_env(other, WORKLOAD, MACHINE)


@pytest.mark.parametrize("value", ["", "plain", "it's", "$(id)", '"; rm', "a\\b", "two words"])
def test_a_value_reaches_the_shell_as_it_is(value):
    script = f'VALUE={quoted(value)}; printf %s "$VALUE"'
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout == value


@pytest.mark.parametrize(
    ("authority", "lines"),
    [
        (CertificateAuthority("csr.ca.svc", 443, through_gateway=True), ["CA_ADDR='csr.ca.svc:15012'"]),
        (CertificateAuthority("csr.ca.svc", 443, reached_at="10.9.9.9"), ["CA_ADDR='csr.ca.svc:443'"]),
        (
            CertificateAuthority("ca.corp", 443, root="system"),
            ["CA_ADDR='ca.corp:443'", "CA_ROOT_CA='SYSTEM'"],
        ),
        (
            CertificateAuthority("ca.corp", 443, root="PEM"),
            ["CA_ADDR='ca.corp:443'", "CA_ROOT_CA='/etc/istio/config/ca-root.pem'"],
        ),
    ],
)
def test_the_agent_asks_another_ca_than_istiod_by_its_address_and_root(
    authority: CertificateAuthority, lines: list[str]
) -> None:
    # Also with a named revision, whose istiod the variable names otherwise.
    facts = replace(CONTROL_PLANE, authority=authority, revision="canary")
    text = render_cluster_env(facts, WORKLOAD, MACHINE)
    assert [line for line in text.splitlines() if line.startswith("CA_")] == lines


def test_a_meshs_own_word_of_its_ca_reaches_no_machine() -> None:
    defaults = {"proxyMetadata": {"CA_ADDR": "istiod.istio-system.svc:15012"}}
    assert "CA_ADDR" not in render_cluster_env(replace(CONTROL_PLANE, proxy_defaults=defaults), WORKLOAD, MACHINE)
