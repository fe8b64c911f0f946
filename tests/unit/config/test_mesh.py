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
