"""Istio 1.1 to 1.4: which versions are taken, on which Kubernetes, and what they do not have."""

import pytest

from meshx.istio.classic_versions import classic_version, kubernetes_problem
from meshx.istio.versions import IstioLine

HTTPBIN = {"service": "httpbin", "namespace": "bar", "port": 8000}


@pytest.fixture
def classic(values, project):
    """A configuration for 1.4.10 with its charts in a folder."""
    for chart in ("istio-init", "istio"):
        (project / "helm" / chart).mkdir(parents=True, exist_ok=True)
        (project / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    values["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "chart": {"path": "helm"}}
    return values


@pytest.mark.parametrize("version", ["1.1", "1.1.17", "1.2.10", "1.3.8", "1.4", "1.4.4", "1.4.10"])
def test_istio_1_1_to_1_4_is_the_classic_line(loaded, classic, version):
    classic["mesh"]["istioVersion"] = version
    assert loaded(classic).mesh.line is IstioLine.CLASSIC


@pytest.mark.parametrize("version", ["1.4.0", "1.4.1", "1.4.2", "1.4.3"])
def test_versions_whose_package_can_not_start_are_refused_with_one_that_can(refused, classic, version):
    classic["mesh"]["istioVersion"] = version
    said = refused(classic)["meshx:mesh.istioVersion"]
    assert "istio issue 19615" in said
    assert 'istioVersion: "1.4.10"' in said


@pytest.mark.parametrize(
    ("istio", "kubernetes", "fits"),
    [
        ((1, 1), (1, 12), False),
        ((1, 1), (1, 13), True),
        ((1, 1), (1, 15), True),
        ((1, 1), (1, 16), False),
        ((1, 2), (1, 15), True),
        ((1, 2), (1, 16), False),
        ((1, 3), (1, 15), True),
        ((1, 3), (1, 16), False),
        ((1, 4), (1, 12), False),
        ((1, 4), (1, 16), True),
        ((1, 4), (1, 21), True),
        ((1, 4), (1, 22), False),
        ((1, 4), (1, 36), False),
    ],
)
def test_a_kubernetes_runs_a_version_or_is_refused(istio, kubernetes, fits):
    assert (kubernetes_problem(classic_version(istio), kubernetes) is None) is fits


@pytest.mark.parametrize(
    ("istio", "kubernetes", "said"),
    [
        ((1, 3), (1, 18), ["Kubernetes 1.18", "Istio 1.3", "below 1.16", "extensions/v1beta1", "1.4 runs on it"]),
        ((1, 4), (1, 22), ["Kubernetes 1.22", "Istio 1.4", "below 1.22", "1.20 or later"]),
        ((1, 1), (1, 12), ["Kubernetes 1.12", "Pulumi's Kubernetes provider", "1.13"]),
    ],
)
def test_a_refused_kubernetes_is_told_the_limit_and_the_way_out(istio, kubernetes, said):
    problem = kubernetes_problem(classic_version(istio), kubernetes)
    assert problem
    assert all(words in problem for words in said)


def test_only_the_versions_between_the_lines_have_no_row():
    with pytest.raises(KeyError):
        classic_version((1, 5))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("mesh", "revision"), "canary", "revisions came with Istio 1.6"),
        (("mesh", "meshId"), "mesh1", "gives its mesh no name"),
        (("mesh", "clusterName"), "cluster1", "cluster's name"),
        (("mesh", "install"), {"gateway": False}, "a part of the chart istio"),
        (("tokens",), {"lifetimeSeconds": 600}, "never a token"),
        (("certificates",), {"lifetimeSeconds": 600}, "90 days"),
    ],
)
def test_a_key_that_the_line_knows_nothing_of_is_refused_with_the_reason(refused, classic, place, value, said):
    section = classic
    for key in place[:-1]:
        section = section[key]
    section[place[-1]] = value
    (problem,) = refused(classic).values()
    assert "without effect on Istio 1.4.10" in problem
    assert said in problem


@pytest.fixture
def elsewhere(classic):
    """The same with its second machine on another network than the cluster."""
    classic["workloads"][0]["machines"][1]["network"] = "network2"
    return classic


def test_a_machine_elsewhere_needs_a_name_of_the_clusters_own_network(refused, loaded, elsewhere):
    assert loaded(elsewhere).machines[1].network == "network2"
    del elsewhere["mesh"]["network"]
    assert "the cluster's own network has no name" in refused(elsewhere)["meshx:workloads[0].machines[1].network"]


def test_a_machine_that_serves_where_nobody_reaches_it_is_refused(refused, loaded, elsewhere):
    elsewhere["networks"] = [{"name": "network2", "reachable": False}]
    ((path, said),) = refused(elsewhere).items()
    assert path == "meshx:workloads[0].machines[1].network"
    assert "vm-2 serves at 10.77.0.12 on network2" in said
    assert "which only calls" in said
    elsewhere["workloads"][0] |= {"ports": []}
    assert loaded(elsewhere).secluded_networks == {"network2"}


def test_networks_of_pilots_own_are_refused_since_no_machine_is_on_one(refused, classic):
    classic["mesh"]["values"] = {"istio": {"global": {"meshNetworks": {"network1": {"endpoints": []}}}}}
    said = refused(classic)["meshx:mesh.values.istio.global.meshNetworks"]
    assert "Pilot would send nobody to one" in said


def test_a_service_is_exposed_with_or_without_machines_elsewhere(loaded, classic):
    classic["exposed"] = [HTTPBIN]
    assert loaded(classic).exposed[0].real_host == "httpbin.bar.svc.cluster.local"
    classic["workloads"][0]["machines"][1]["network"] = "network2"
    classic["exposed"] = [{**HTTPBIN, "address": "127.255.0.3", "protocol": "HTTP"}]
    assert loaded(classic).exposed[0].address == "127.255.0.3"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("serviceAccount", "httpbin", "its rule for *.global takes every certificate of the mesh"),
        ("address", "127.255.0.3", "all machines are on the cluster's network"),
        ("protocol", "HTTP", "all machines are on the cluster's network"),
    ],
)
def test_what_says_nothing_of_an_exposed_service_is_refused(refused, classic, key, value, said):
    classic["exposed"] = [{**HTTPBIN, key: value}]
    assert said in refused(classic)[f"meshx:exposed[0].{key}"]


def test_an_address_is_given_to_one_service_alone(refused, elsewhere):
    elsewhere["exposed"] = [
        {**HTTPBIN, "address": "127.255.0.3"},
        {**HTTPBIN, "service": "productpage", "address": "127.255.0.3"},
    ]
    assert "127.255.0.3 is taken by meshx:exposed[0].address" in refused(elsewhere)["meshx:exposed[1].address"]


def test_names_below_global_are_asked_of_istiocoredns_unless_that_is_turned_off(loaded, elsewhere):
    assert loaded(elsewhere).dns.istiocoredns
    elsewhere["dns"] = {"kind": "kube-dns"}
    assert (loaded(elsewhere).dns.istiocoredns, loaded(elsewhere).dns.servers) == (True, ())
    elsewhere["dns"] = {"istiocoredns": False}
    assert not loaded(elsewhere).dns.istiocoredns


@pytest.mark.parametrize(
    ("dns", "key", "said"),
    [
        ({"istiocoredns": True, "servers": ["10.0.0.53"]}, "istiocoredns", "the servers are asked instead"),
        ({"domain": "corp"}, "domain", "knows only names below global"),
        ({"domain": "global", "istiocoredns": False}, "servers", "nothing is forwarded"),
    ],
)
def test_a_dns_that_istiocoredns_can_not_be_is_refused(refused, elsewhere, dns, key, said):
    elsewhere["dns"] = dns
    assert said in refused(elsewhere)[f"meshx:dns.{key}"]


@pytest.mark.parametrize(
    ("dns", "key", "said"),
    [
        ({"istiocoredns": True}, "istiocoredns", "comes with the gateways"),
        ({"domain": "global"}, "servers", "nothing is forwarded"),
    ],
)
def test_a_single_network_has_no_istiocoredns(refused, classic, dns, key, said):
    classic["dns"] = dns
    assert said in refused(classic)[f"meshx:dns.{key}"]


def test_later_versions_have_no_istiocoredns(refused, values):
    values["dns"] = {"istiocoredns": False}
    assert "istiocoredns ended with 1.4" in refused(values)["meshx:dns.istiocoredns"]


def test_a_probe_is_refused_and_none_at_all_is_taken(refused, loaded, classic):
    classic["workloads"][0]["probe"] = {"tcp": {"port": 8080}}
    assert "nobody asks for a machine's health" in refused(classic)["meshx:workloads[0].probe"]
    classic["workloads"][0]["probe"] = "none"
    assert loaded(classic)


def test_a_ports_name_has_to_say_its_protocol_since_nothing_else_does(refused, loaded, classic):
    classic["workloads"][0]["ports"] = [{"name": "web", "port": 8080, "protocol": "HTTP"}]
    said = refused(classic)["meshx:workloads[0].ports[0].name"]
    assert "web would be TCP to pods" in said
    assert "http-web" in said
    classic["workloads"][0]["ports"] = [{"name": "http-web", "port": 8080, "protocol": "HTTP"}]
    assert loaded(classic)


def test_mesh_expansion_is_turned_on_in_an_adopted_control_plane_of_the_line_only(refused, loaded, classic):
    classic["mesh"]["install"] = {"meshExpansion": True}
    assert "has mesh expansion on as it is" in refused(classic)["meshx:mesh.install.meshExpansion"]
    classic["mesh"] = {"istioVersion": "1.4.10", "install": {"controlPlane": False, "meshExpansion": True}}
    assert loaded(classic).mesh.install.mesh_expansion
    classic["mesh"] = {"istioVersion": "1.31", "install": {"controlPlane": False, "meshExpansion": True}}
    assert "ended with Istio 1.4" in refused(classic)["meshx:mesh.install.meshExpansion"]


def test_a_folder_needs_the_charts_of_its_line(refused, classic):
    classic["mesh"]["chart"]["path"] = "charts"
    said = refused(classic)["meshx:mesh.chart.path"]
    assert "there is no chart istio-init" in said
    assert "folders istio-init and istio" in said


@pytest.mark.parametrize("version", ["1.1.17", "1.2.10", "1.3.8"])
def test_charts_that_helm_refuses_come_from_a_folder_to_be_repaired(refused, loaded, classic, version):
    classic["mesh"] = {"istioVersion": version, "network": "network1"}
    assert "install/kubernetes/helm" in refused(classic)["meshx:mesh.chart.path"]
    classic["mesh"]["install"] = {"controlPlane": False}
    assert loaded(classic).mesh.istio_version == version


def test_a_repository_of_one_release_wants_the_whole_version(refused, loaded, classic):
    classic["mesh"] = {"istioVersion": "1.4", "network": "network1"}
    assert "third number" in refused(classic)["meshx:mesh.istioVersion"]
    classic["mesh"]["istioVersion"] = "1.4.10"
    assert loaded(classic)
    classic["mesh"] = {"istioVersion": "1.4", "chart": {"repository": "https://charts.example.com"}}
    assert loaded(classic)


@pytest.mark.parametrize(
    ("version", "chart"), [("1.4.10", "istiod"), ("1.4.10", "gateway"), ("1.31", "istio"), ("1.31", "istioInit")]
)
def test_values_of_another_lines_chart_are_refused(refused, classic, version, chart):
    classic["mesh"] |= {"istioVersion": version, "values": {chart: {"some": "value"}}}
    if version == "1.31":
        classic["mesh"]["chart"] = {"path": "charts"}
    assert f"Istio {version} has no chart" in refused(classic)[f"meshx:mesh.values.{chart}"]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"global": {"meshExpansion": {"enabled": False}}}, "global.meshExpansion.enabled"),
        ({"global": {"meshExpansion": {"useILB": True}}}, "global.meshExpansion.useILB"),
        ({"global": {"controlPlaneSecurityEnabled": False}}, "global.controlPlaneSecurityEnabled"),
        ({"istiocoredns": {"enabled": False}}, "istiocoredns.enabled"),
        ({"global": {"trustDomain": "x"}}, "global.trustDomain"),
    ],
)
def test_a_value_that_meshx_sets_is_refused(refused, classic, value, path):
    classic["mesh"]["values"] = {"istio": value}
    assert "meshx sets this value" in refused(classic)[f"meshx:mesh.values.istio.{path}"]


def test_values_reach_the_charts_of_the_line(loaded, classic):
    classic["mesh"]["values"] = {"istio": {"pilot": {"traceSampling": 1}}, "istioInit": {"certmanager": {}}}
    mesh = loaded(classic).mesh
    assert mesh.chart_values("istio") == {"pilot": {"traceSampling": 1}}
    assert mesh.chart_values("istio-init") == {"certmanager": {}}
