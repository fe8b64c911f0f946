"""The line of the charts of 1.1 to 1.3 that the Helm of today refuses."""

from pathlib import Path

import pytest

from meshx.components.classic.chart_repair import usable_chart

BINDINGS = "charts/gateways/templates/rolebindings.yaml"
TEMPLATE = """\
{{- range $key, $spec := .Values }}
{{- if ne $key "enabled" }}
{{- if $spec.enabled }}
{{- %s }}
kind: RoleBinding
{{- end }}
{{- end }}
{{- end }}
{{- end }}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A project folder with a chart in helm/istio that has the line."""
    bindings = tmp_path / "helm" / "istio" / BINDINGS
    bindings.parent.mkdir(parents=True)
    bindings.write_text(TEMPLATE % "if ($spec.sds) and (eq $spec.sds.enabled true)")
    (tmp_path / "helm" / "istio" / "Chart.yaml").write_text("name: istio\n")
    return tmp_path


def test_a_refused_line_is_repaired_in_a_copy_and_nowhere_else(chart):
    before = (chart / "helm/istio" / BINDINGS).read_text()
    usable = usable_chart("helm/istio", "1.3.8", chart)
    assert usable.folder == ".meshx/charts/istio-1.3.8"
    assert usable.repaired == (f"{BINDINGS}:4",)
    copy = chart / usable.folder
    assert (copy / BINDINGS).read_text() == TEMPLATE % "if and ($spec.sds) (eq $spec.sds.enabled true)"
    assert (copy / "Chart.yaml").read_text() == "name: istio\n"
    assert (chart / "helm/istio" / BINDINGS).read_text() == before


def test_a_copy_follows_its_original(chart):
    usable_chart("helm/istio", "1.3.8", chart)
    (chart / "helm/istio/Chart.yaml").rename(chart / "helm/istio/values.yaml")
    usable = usable_chart("helm/istio", "1.3.8", chart)
    assert sorted(path.name for path in (chart / usable.folder).iterdir()) == ["charts", "values.yaml"]


def test_a_chart_that_helm_takes_is_used_as_it_is(chart):
    (chart / "helm/istio" / BINDINGS).write_text(TEMPLATE % "if $spec.sds")
    assert usable_chart("helm/istio", "1.4.10", chart).folder == "helm/istio"
    assert not (chart / ".meshx").exists()


def test_a_chart_outside_the_project_is_found_by_its_whole_path(chart, tmp_path_factory):
    project = tmp_path_factory.mktemp("elsewhere")
    usable = usable_chart(str(chart / "helm/istio"), "1.1.17", project)
    assert (project / usable.folder / BINDINGS).is_file()
