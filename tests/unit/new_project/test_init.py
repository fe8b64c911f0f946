"""`meshx init`: what it writes, what it refuses, and in which words."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.__main__ import main
from meshx.config.loading import load
from meshx.new_project.project_files import EXAMPLE, TEMPLATE, requirements, stack_file
from meshx.new_project.questions import QUESTIONS, answered
from meshx.new_project.stack_values import values_of
from meshx.version import VERSION
from tests.unit.config.project_folder import make_project

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBLkYW7A6XyGxYhTLPdSkxFzDGOwDBm6X/5tQe6kb7Zm"
SSH = {"machines": "ssh", "host-key": HOST_KEY, "private-key-file": "id"}
GCE = {"machines": "gce", "gce-project": "my-project", "zone": "europe-west1-b"}
URL = {"package-sha256": "0" * 64}
FILE = {"package": "istio-sidecar.deb"}
NEEDED = {"context": "somewhere", "address": "10.132.0.7"}
COMBINATIONS = [
    {**NEEDED, "istio-version": version, "network": network, **kind, **package, **stack}
    for version, network, kind, package, stack in itertools.product(
        ["1.4.10", "1.20.0", "1.31.0"], ["network1", "far"], [SSH, GCE], [URL, FILE], [{}, {"stack": "prod-eu"}]
    )
    if not (kind is GCE and package is FILE)  # an instance fetches its package itself
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what a configuration can name, and with no project."""
    return make_project(tmp_path)


def _init(monkeypatch: pytest.MonkeyPatch, folder: Path, flags: dict[str, str], *words: str) -> int:
    given = [word for flag, text in flags.items() for word in (f"--{flag}", text)]
    monkeypatch.setattr(sys, "argv", ["meshx", "init", str(folder), *words, *given])
    return main()


def _ask_with(monkeypatch: pytest.MonkeyPatch, answers: Iterator[str]) -> None:
    terminal = io.StringIO("".join(f"{answer}\n" for answer in answers))
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)


def _config(folder: Path, stack: str) -> dict[str, Any]:
    config = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("meshx:"): value for key, value in config.items()}


@pytest.mark.parametrize("flags", COMBINATIONS, ids=lambda flags: "-".join(flags.values())[:60])
def test_whatever_is_answered_rightly_makes_a_stack_that_a_run_accepts(
    project: Path, monkeypatch: pytest.MonkeyPatch, flags: dict[str, str]
) -> None:
    assert _init(monkeypatch, project, flags, "--yes") == 0
    stack = flags.get("stack", "dev")
    loaded = load(_config(project, stack), project, (), stack)
    (machine,) = loaded.machines
    assert (machine.name, machine.address) == ("vm-1", "10.132.0.7")
    assert loaded.mesh.istio_version == flags["istio-version"] and loaded.mesh.network == flags["network"]
    assert loaded.has_instances == (flags["machines"] == "gce")


def test_a_project_has_all_that_pulumi_needs_and_nothing_that_is_for_pulumi_new(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = project / "a" / "new"
    assert _init(monkeypatch, new, {**NEEDED, **GCE, **URL, "name": "shop"}, "--yes") == 0
    written = {str(file.relative_to(new)) for file in new.rglob("*") if file.is_file()}
    own = {"Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "requirements.txt", ".gitignore"}
    assert written == own | {"policy/PulumiPolicy.yaml", "policy/__main__.py"}
    described = yaml.safe_load((new / "Pulumi.yaml").read_text())
    assert described["name"] == "shop" and set(described) == {"name", "description", "runtime"}
    lines = (new / "requirements.txt").read_text().splitlines()
    pins = (Path(__file__).parents[3] / "requirements.txt").read_text()
    assert lines[0] == f"pulumi-meshx[gce,policy]=={VERSION}"
    sdks = [line for line in lines[1:] if not line.startswith("#")]
    assert [line.partition("==")[0] for line in sdks] == ["pulumi-kubernetes", "pulumi-command", "pulumi-gcp"]
    assert [line for line in sdks if f"{line} " not in pins] == []
    said = capsys.readouterr().out
    assert "meshx plugin install" in said and "pulumi stack init dev" in said


@pytest.mark.parametrize(
    ("folder", "name"), [("my-mesh", "my-mesh"), ("our mesh", "mesh"), ("2026", "mesh"), ("my-mesh/../shop", "shop")]
)
def test_a_project_has_its_folders_name_if_that_can_be_one(
    project: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    (project / "my-mesh").mkdir()
    key = {"private-key-file": str(project / "id")}
    assert _init(monkeypatch, project / folder, {**NEEDED, **SSH, **URL, **key}, "--yes") == 0
    assert yaml.safe_load((project / folder / "Pulumi.yaml").read_text())["name"] == name


def test_nothing_is_overwritten_and_everything_in_the_way_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "__main__.py").write_text("print('mine')\n")
    (project / "Pulumi.yaml").symlink_to("nowhere")
    before = sorted(project.rglob("*"))
    assert _init(monkeypatch, project, {**NEEDED, **SSH, **FILE}, "--yes") == 1
    assert "has Pulumi.yaml, __main__.py already, and init overwrites nothing" in capsys.readouterr().err
    assert sorted(project.rglob("*")) == before and (project / "__main__.py").read_text() == "print('mine')\n"


def test_all_that_is_missing_is_said_at_once_by_flag(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _init(monkeypatch, project / "new", {}, "--yes") == 1
    said = capsys.readouterr().err
    for flag in ("context", "address", "host-key", "package-sha256"):
        assert f"--{flag} is missing: " in said
    assert not (project / "new").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"machines": "telnet", **SSH, "name": "a b", "port": "http"}, "--name 'a b': write at most 100 letters"),
        ({**SSH, "machines": "telnet"}, "--machines 'telnet': write ssh or gce"),
        ({**SSH, "port": "http"}, "--port 'http': write a number such as 8080"),
        ({**SSH, "zone": "europe-west1-b"}, "--zone has no effect beside --machines ssh"),
        (
            {**SSH, **FILE, "package-sha256": "0" * 64},
            "--package-sha256 has no effect beside --machines ssh and --pack",
        ),
        ({**SSH, "address": "vm-1.example.com"}, "meshx:workloads[vm/app].machines[vm-1].address"),
        ({**SSH, "istio-version": "1.9.0"}, "meshx:mesh.istioVersion"),
        ({**SSH, "private-key-file": "nowhere"}, "meshx:ssh.privateKeyFile"),
        ({**GCE, "zone": "europe"}, "meshx:gce.zone"),
        ({**GCE, **FILE}, "meshx:sidecar.file"),
        ({**SSH, "port": "70000"}, "port"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_place_and_writes_nothing(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: dict[str, str],
    said: str,
) -> None:
    package = {} if "package" in flags else URL
    new = project / "new"
    key = {"private-key-file": str(project / "id")} if flags["machines"] != "gce" else {}
    file = {"package": str(project / flags["package"])} if "package" in flags else {}
    assert _init(monkeypatch, new, {**NEEDED, **package, **key, **flags, **file}, "--yes") == 1
    error = capsys.readouterr().err
    assert said in error.replace("[0]", "[vm/app]", 1).replace("[0]", "[vm-1]", 1) or said in error
    assert "Traceback" not in error and not new.exists()


def test_questions_are_asked_until_their_form_is_right_and_flags_are_not_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = {**SSH, **FILE, "name": "shop", "stack": "dev"}
    asked = ["", "somewhere", "", "", "", "", "a lot", "9090", "", "10.132.0.7", ""]
    _ask_with(monkeypatch, iter(asked))
    assert _init(monkeypatch, project, flags) == 0
    said = capsys.readouterr().out
    assert "--context is missing" in said and "--port 'a lot': write a number" in said
    assert "the project's name" not in said
    (workload,) = _config(project, "dev")["workloads"]
    assert workload["ports"] == [{"name": "http", "port": 9090}] and workload["name"] == "app"


def test_who_ends_the_questions_gets_no_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _ask_with(monkeypatch, iter(["shop"]))
    assert _init(monkeypatch, project / "new", {}) == 1
    assert "nothing was answered, and nothing written" in capsys.readouterr().err and not (project / "new").exists()


def test_the_template_of_pulumi_new_has_the_example_that_the_questions_make() -> None:
    example = {
        "context": "gke_my-project_europe-west1_mesh",
        "address": "10.132.0.7",
        "host-key": "ssh-ed25519 AAAA...",
        "package-sha256": "...",
    }
    answers, refusals = answered(example, None)
    assert not refusals and (TEMPLATE / EXAMPLE).read_text() == stack_file(values_of(answers))
    assert (TEMPLATE / "requirements.txt").read_text() == requirements(answers)
    described = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text())
    assert described["name"] == "${PROJECT}" and described["template"]["description"]


def test_each_flag_is_described(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["meshx", "init", "--help"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().out
    assert [question.flag for question in QUESTIONS if f"--{question.flag}" not in said] == []
