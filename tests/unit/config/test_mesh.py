"""The control plane: its version, its charts, and what follows from them."""

import pytest

from meshx.istio.versions import IstioLine


@pytest.mark.parametrize("version", ["1.20", "1.20.8", "1.31", "1.31.2", "1.31.0-rc.1", "1.100"])
def test_istio_1_20_and_later_is_the_istiod_line(loaded, values, version):
    values["mesh"]["istioVersion"] = version
    assert loaded(values).mesh.line is IstioLine.ISTIOD


def test_charts_come_from_istios_repository_in_the_meshs_version_unless_the_file_says_otherwise(loaded, values):
    mesh = values["mesh"]
    mesh["chart"] = {}
    found = loaded(values).mesh
    assert (found.chart_version, found.chart.folder("base")) == ("1.31", None)
    mesh["chart"] = {"repository": "https://charts.example.com/istio", "version": "1.31.2"}
    found = loaded(values).mesh
    assert (found.chart.repository, found.chart_version) == ("https://charts.example.com/istio", "1.31.2")


def test_charts_in_a_folder_have_the_version_that_they_have(loaded, refused, values):
    found = loaded(values).mesh
    assert (found.chart.repository, found.chart_version) == (None, None)
    assert found.chart.folder("istiod") == "charts/istiod"
    values["mesh"]["chart"]["version"] = "1.31.2"
    assert "meshx:mesh.chart.version" in refused(values)


def test_a_folder_that_lacks_a_chart_is_refused_with_the_chart(refused, loaded, values, project):
    (project / "half" / "gateway").mkdir(parents=True)
    (project / "half" / "gateway" / "Chart.yaml").write_text("name: gateway\n")
    values["mesh"]["chart"]["path"] = "half"
    assert "there is no chart base" in refused(values)["meshx:mesh.chart.path"]
    values["mesh"]["install"] = {"controlPlane": False}
    assert loaded(values).mesh.install.gateway


@pytest.mark.parametrize("url", ["https://", "file:///charts", "oci://", "oci:///istio", "oci://a b"])
def test_a_chart_repository_is_a_url(refused, values, url):
    values["mesh"]["chart"] = {"repository": url}
    assert "is not the URL of a chart repository" in refused(values)["meshx:mesh.chart.repository"]


@pytest.mark.parametrize("url", ["oci://charts.example.com", "oci://ghcr.io/istio/release/charts", "oci://r:5000/a/"])
def test_a_chart_repository_may_be_a_folder_of_a_registry(loaded, values, url):
    values["mesh"]["chart"] = {"repository": url}
    assert loaded(values).mesh.chart.repository == url


def test_charts_come_from_one_place(refused, values):
    values["mesh"]["chart"]["repository"] = "https://charts.example.com"
    assert "one of the two" in refused(values)["meshx:mesh.chart.repository"]


@pytest.mark.parametrize(
    ("chart", "value", "path"),
    [
        ("istiod", {"global": {"network": "x"}}, "global.network"),
        ("istiod", {"global": {"multiCluster": {"clusterName": "x"}}}, "global.multiCluster.clusterName"),
        ("istiod", {"meshConfig": {"trustDomain": "x"}}, "meshConfig.trustDomain"),
        ("istiod", {"revision": "x"}, "revision"),
        ("gateway", {"networkGateway": "x"}, "networkGateway"),
    ],
)
def test_a_value_that_follows_from_a_key_is_set_by_the_key_alone(refused, values, chart, value, path):
    values["mesh"]["values"] = {chart: value}
    assert "meshx sets this value" in refused(values)[f"meshx:mesh.values.{chart}.{path}"]


def test_values_of_a_chart_that_is_not_installed_are_refused(refused, values):
    values["mesh"] |= {"install": {"controlPlane": False}, "values": {"istiod": {"autoscaleMin": 2}}}
    assert "without effect" in refused(values)["meshx:mesh.values.istiod"]


def test_values_reach_the_charts_as_they_are(loaded, values):
    wanted = {"global": {"hub": "h", "proxy": {"resources": {"requests": {"cpu": "10m"}}}}, "env": {"A": "false"}}
    values["mesh"]["values"] = {"istiod": wanted}
    mesh = loaded(values).mesh
    assert (mesh.chart_values("istiod"), mesh.chart_values("base")) == (wanted, {})


def test_the_gateways_pods_are_selected_by_the_label_that_its_chart_derives_from_the_name(loaded, values):
    assert loaded(values).mesh.gateway.pod_labels == {"istio": "eastwestgateway"}
    values["mesh"]["gateway"] = {"name": "gw", "selector": {"app": "mine"}}
    assert loaded(values).mesh.gateway.pod_labels == {"app": "mine"}


def test_the_gateways_address_may_be_written_in_any_form(loaded, values):
    assert loaded(values).mesh.gateway.address is None
    values["mesh"]["gateway"] = {"address": "2001:DB8::0015"}
    assert loaded(values).mesh.gateway.address == "2001:db8::15"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("lb.example.com", "a host name stands under hostName"),
        ("127.0.0.1", "no address by which a machine reaches another host"),
        ("::", "no address by which a machine reaches another host"),
        ("169.254.1.1", "no address by which a machine reaches another host"),
        ("203.0.113.15:15012", "is not an IP address"),
        (7, "expected an IP address (text)"),
        ("10.77.0.11", "is the address of vm-1"),
    ],
)
def test_what_is_no_address_of_a_gateway_is_refused(refused, values, address, said):
    values["mesh"]["gateway"] = {"address": address}
    assert said in refused(values)["meshx:mesh.gateway.address"]


def test_definitions_are_taken_over_only_where_a_chart_brings_some(loaded, refused, values):
    values["mesh"]["install"] = {"takeOwnership": True}
    assert loaded(values).mesh.install.take_ownership
    values["mesh"]["install"]["controlPlane"] = False
    assert "no chart brings definitions" in refused(values)["meshx:mesh.install.takeOwnership"]
    values["mesh"]["install"] = {"takeOwnership": "yes"}
    assert "meshx:mesh.install.takeOwnership" in refused(values)


@pytest.mark.parametrize(
    ("mesh", "said"),
    [
        ({"gateway": {"createNamespace": True}}, "istio-system is made with the control plane"),
        ({"gateway": {"createNamespace": True, "namespace": "istio-system"}}, "istio-system is made"),
        (
            {"gateway": {"createNamespace": True, "namespace": "edge"}, "install": {"gateway": False}},
            "install.gateway is false",
        ),
        ({"gateway": {"createNamespace": "edge", "namespace": "edge"}}, "found"),
    ],
)
def test_a_gateways_namespace_is_made_only_where_that_is_the_stacks_to_do(refused, values, mesh, said):
    values["mesh"] |= mesh
    assert said in refused(values)["meshx:mesh.gateway.createNamespace"]
