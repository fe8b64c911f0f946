"""The line of the charts of 1.1 to 1.3 that the Helm of today refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from meshx.components.classic.chart_repair import ChartInUseError, usable_chart

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


RUN = """
import sys
import subprocess
import sys
from pathlib import Path
from meshx.components.classic.chart_repair import ChartInUseError, usable_chart
print(usable_chart("helm/istio", "1.3.8", Path(sys.argv[1])).folder, flush=True)
sys.stdin.read()
"""


def run(project: Path) -> "subprocess.Popen[str]":
    """A run of a program beside this one, which goes on until its input is closed."""
    words = [sys.executable, "-c", RUN, str(project)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, text=True, **pipes)


def end(one: "subprocess.Popen[str]") -> str:
    """What it says as it ends, errors first."""
    out, errors = one.communicate(timeout=30)
    return errors + out


def test_runs_beside_one_another_never_find_a_copy_that_is_missing_or_half_there(chart):
    for number in range(400):
        (chart / f"helm/istio/values-{number}.yaml").write_text("a: b\n")
    usable = usable_chart("helm/istio", "1.3.8", chart)
    whole = sorted(path.name for path in (chart / "helm/istio").rglob("*"))
    runs = [run(chart) for _ in range(4)]
    looks = 0
    while any(one.poll() is None for one in runs):
        assert sorted(path.name for path in (chart / usable.folder).rglob("*")) == whole
        looks += 1
        for one in runs if looks == 20 else ():
            one.stdin.close()
            one.stdin = None
    assert [end(one) for one in runs] == [f"{usable.folder}\n"] * 4
    assert sorted(path.name for path in (chart / ".meshx/charts").iterdir()) == [
        "istio-1.3.8",
        "istio-1.3.8.making",
        "istio-1.3.8.needed",
    ]


def test_runs_that_come_first_at_once_make_one_copy(chart):
    runs = [run(chart) for _ in range(4)]
    assert [end(one) for one in runs] == [".meshx/charts/istio-1.3.8\n"] * 4


def test_a_copy_that_another_run_needs_is_not_changed_and_is_once_that_run_is_over(chart):
    other = run(chart)
    assert other.stdout.readline() == ".meshx/charts/istio-1.3.8\n"
    (chart / "helm/istio/Chart.yaml").write_text("name: another\n")
    with pytest.raises(ChartInUseError, match=r"another run of this project needs .*istio-1\.3\.8 as it is"):
        usable_chart("helm/istio", "1.3.8", chart)
    assert (chart / ".meshx/charts/istio-1.3.8/Chart.yaml").read_text() == "name: istio\n"
    end(other)
    usable_chart("helm/istio", "1.3.8", chart)
    assert (chart / ".meshx/charts/istio-1.3.8/Chart.yaml").read_text() == "name: another\n"


def test_what_a_killed_run_left_half_done_is_made_whole(chart):
    usable_chart("helm/istio", "1.3.8", chart)
    (chart / ".meshx/charts/istio-1.3.8/Chart.yaml").unlink()
    (chart / ".meshx/charts/istio-1.3.8.new/half").mkdir(parents=True)
    usable_chart("helm/istio", "1.3.8", chart)
    assert (chart / ".meshx/charts/istio-1.3.8/Chart.yaml").is_file()
    assert not (chart / ".meshx/charts/istio-1.3.8.new").exists()
