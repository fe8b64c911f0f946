"""The control plane: its version, its charts, and what follows from them."""

import pytest

from meshx.istio.versions import IstioLine


@pytest.mark.parametrize("version", ["1.20", "1.20.8", "1.31", "1.31.2", "1.31.0-rc.1", "1.100"])
def test_istio_1_20_and_later_is_the_istiod_line(loaded, values, version):
    values["mesh"]["istioVersion"] = version
    assert loaded(values).mesh.line is IstioLine.ISTIOD


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.5", "is between the lines"),
        ("1.19.9", "is between the lines"),
        ("1.0", "is not a version of Istio that meshx knows"),
        ("0.8", "is not a version of Istio that meshx knows"),
        ("2.0", "is not a version of Istio that meshx knows"),
        ("1", "expected a version of Istio, found the text '1'"),
        ("latest", "expected a version of Istio"),
        ("v1.31", "expected a version of Istio"),
        (1.31, "write it in quotes"),
        (31, "found the number 31"),
        (None, "found nothing"),
    ],
)
def test_other_versions_are_refused_with_the_reason(refused, values, version, said):
    values["mesh"]["istioVersion"] = version
    told = refused(values)["meshx:mesh.istioVersion"]
    assert said in told or (version == 1.31 and 'istioVersion: "1.31"' in told)


def test_charts_come_from_istios_repository_in_the_meshs_version_unless_the_file_says_otherwise(loaded, values):
    mesh = values["mesh"]
    mesh["chart"] = {}
    found = loaded(values).mesh
    assert found.chart.repository_url == "https://blob.istio.io/istio-release/charts"
    assert (found.chart_version, found.chart.folder("base")) == ("1.31", None)
    mesh["chart"] = {"repository": "https://charts.example.com/istio", "version": "1.31.2"}
    found = loaded(values).mesh
    assert (found.chart.repository_url, found.chart_version) == ("https://charts.example.com/istio", "1.31.2")


def test_charts_in_a_folder_have_the_version_that_they_have(loaded, refused, values):
    found = loaded(values).mesh
    assert (found.chart.repository_url, found.chart_version) == (None, None)
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


@pytest.mark.parametrize("url", ["charts.example.com", "oci://charts.example.com/istio", "https://", "file:///charts"])
def test_a_chart_repository_is_a_url(refused, values, url):
    values["mesh"]["chart"] = {"repository": url}
    assert "is not the URL of a chart repository" in refused(values)["meshx:mesh.chart.repository"]


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
