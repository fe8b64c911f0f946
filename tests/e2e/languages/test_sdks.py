"""SDKs for typed languages, written by the engine's own generators: the examples compile against them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.pulumi.home import prepare
from tests import pulumi_cli
from tests.other_languages import EXAMPLES, PLUGIN, with_hosts

SECONDS = 300
GO = {"GOFLAGS": "-mod=mod", "GOWORK": "off", "CGO_ENABLED": "0"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Pulumi with what writes SDKs; neither cluster nor machines are needed."""
    (tmp_path / "backend").mkdir()
    prepared = with_hosts({**os.environ, **prepare(tmp_path / "pulumi")}, "pulumi-sdks")
    return {**prepared, "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend"}


def example(language: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """A copy of an example, with the SDK where `pulumi package add` writes it."""
    project = folder / language
    shutil.copytree(EXAMPLES / language, project)
    (project / "Pulumi.yaml").unlink()  # its path to the plugin holds in its own place alone
    of_engine = {"typescript": "nodejs"}.get(language, language)
    words = ["package", "gen-sdk", str(PLUGIN), "--language", of_engine, "--local", "--out", str(project / "sdks")]
    ran = pulumi_cli.run(project, dict(environment), *words, seconds=SECONDS)
    assert ran.code == 0, ran.text
    (project / "sdks" / of_engine).rename(project / "sdks" / "meshx")
    return project


def command(project: Path, environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, check=False, cwd=project, env=dict(environment), capture_output=True, text=True, timeout=SECONDS
    )


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on this computer")
def test_the_example_in_typescript_compiles_and_an_output_in_the_place_of_a_name_does_not(
    environment: dict[str, str], tmp_path: Path
) -> None:
    project = example("typescript", tmp_path, environment)
    installed = command(project, environment, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    # Its own dependencies, in one place with the example's: else there are two of Pulumi's SDKs.
    of_sdk = project / "sdks" / "meshx" / "node_modules"
    shutil.rmtree(of_sdk, ignore_errors=True)
    of_sdk.symlink_to(project / "node_modules")
    compiled = command(project / "sdks" / "meshx", environment, str(project / "node_modules/.bin/tsc"))
    assert compiled.returncode == 0, compiled.stdout
    checked = command(project, environment, "node_modules/.bin/tsc", "--noEmit")
    assert checked.returncode == 0, checked.stdout

    program = project / "index.ts"
    text = program.read_text().replace('address: "10.132.0.7"', 'address: pulumi.output("10.132.0.7")')
    program.write_text('import * as pulumi from "@pulumi/pulumi";\n' + text)
    assert command(project, environment, "node_modules/.bin/tsc", "--noEmit").returncode == 0
    program.write_text(program.read_text().replace('name: "vm-1"', 'name: pulumi.output("vm-1")'))
    refused = command(project, environment, "node_modules/.bin/tsc", "--noEmit")
    assert "Type 'Output<string>' is not assignable to type 'string'" in refused.stdout


def test_the_example_in_go_compiles(environment: dict[str, str], tmp_path: Path) -> None:
    project = example("go", tmp_path, environment)
    # `pulumi package add` makes this file, `gen-sdk` does not.
    module = "module example.com/pulumi-meshx/sdk/go\n\ngo 1.25\n\nrequire github.com/pulumi/pulumi/sdk/v3 v3.276.0\n"
    (project / "sdks" / "meshx" / "go.mod").write_text(module)
    built = command(project, {**os.environ, **GO}, "go", "build", "-o", str(tmp_path / "program"), ".")
    assert built.returncode == 0, built.stderr
