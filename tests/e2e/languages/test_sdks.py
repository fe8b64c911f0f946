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

PARTS_IN_TYPESCRIPT = """
import * as meshx from "@pulumi/meshx";
const settings = { cluster: { context: "mine" }, mesh: { istioVersion: "1.31" } };
const shop = new meshx.ControlPlane("shop", settings);
const gate = new meshx.EastWestGateway("gate", settings);
const httpbin = new meshx.ExposedService("httpbin", { service: "a", namespace: "b", port: 80, controlPlane: shop });
const ledger = new meshx.Workload("ledger", { name: "l", namespace: "b", controlPlane: gate, exposed: [httpbin] });
new meshx.Machine("vm-1", { name: "vm-1", address: shop.gatewayAddress, workload: ledger }, { protect: true });
new meshx.DnsStub("corp", { servers: ["10.0.0.53"], controlPlane: shop });
"""
PARTS_IN_GO = """
package main

import (
	"example.com/pulumi-meshx/sdk/go/meshx"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func parts(ctx *pulumi.Context, shop *meshx.ControlPlane) error {
	httpbin, err := meshx.NewExposedService(ctx, "httpbin", &meshx.ExposedServiceArgs{
		Service: "a", Namespace: "b", Port: pulumi.IntRef(80), ControlPlane: shop,
	})
	if err != nil {
		return err
	}
	ledger, err := meshx.NewWorkload(ctx, "ledger", &meshx.WorkloadArgs{
		Name: "l", Namespace: "b", ControlPlane: shop, Exposed: meshx.ExposedServiceArray{httpbin},
	})
	if err != nil {
		return err
	}
	_, err = meshx.NewMachine(ctx, "vm-1", &meshx.MachineArgs{
		Name: "vm-1", Address: shop.GatewayAddress, Workload: ledger,
	}, pulumi.Protect(true))
	return err
}
"""


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
def test_typescript_compiles_the_example_and_parts_and_no_output_in_the_place_of_a_name(
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
    of_mesh = program.read_text()
    program.write_text(PARTS_IN_TYPESCRIPT)
    checked = command(project, environment, "node_modules/.bin/tsc", "--noEmit")
    assert checked.returncode == 0, checked.stdout
    program.write_text(PARTS_IN_TYPESCRIPT.replace("workload: ledger", "workload: shop"))
    assert command(project, environment, "node_modules/.bin/tsc", "--noEmit").returncode != 0
    program.write_text(of_mesh)

    text = program.read_text().replace('address: "10.132.0.7"', 'address: pulumi.output("10.132.0.7")')
    program.write_text('import * as pulumi from "@pulumi/pulumi";\n' + text)
    assert command(project, environment, "node_modules/.bin/tsc", "--noEmit").returncode == 0
    program.write_text(program.read_text().replace('name: "vm-1"', 'name: pulumi.output("vm-1")'))
    refused = command(project, environment, "node_modules/.bin/tsc", "--noEmit")
    assert "Type 'Output<string>' is not assignable to type 'string'" in refused.stdout


def test_the_example_in_go_compiles_and_so_do_parts(environment: dict[str, str], tmp_path: Path) -> None:
    project = example("go", tmp_path, environment)
    # `pulumi package add` makes this file, `gen-sdk` does not.
    module = "module example.com/pulumi-meshx/sdk/go\n\ngo 1.25\n\nrequire github.com/pulumi/pulumi/sdk/v3 v3.276.0\n"
    (project / "sdks" / "meshx" / "go.mod").write_text(module)
    (project / "parts.go").write_text(PARTS_IN_GO)
    built = command(project, {**os.environ, **GO}, "go", "build", "-o", str(tmp_path / "program"), ".")
    assert built.returncode == 0, built.stderr
