"""Previews of a mesh in a cluster that is not there yet: the engine answers for the plugin, with nothing."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx import Mesh
from tests.program.as_arguments import Later, made, unknown
from tests.program.recorded_program import INSTALLED, Registered, run_program

NOTHING: dict[str, Any] = {
    f"meshx:index:{function}": {}
    for function in ("runningIstiod", "runningGateway", "exposedServices", "kubernetesCluster", "apiServer")
}


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the program."""
    warnings: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: warnings.append(text))
    return warnings


def planned(values: dict[str, Any]) -> list[Registered]:
    given = {**values, "kubeconfig": Later(unknown)}
    return run_program(lambda: Mesh("shop", made(given)), {**INSTALLED, **NOTHING}, preview=True)


def test_an_adopted_control_plane_is_planned_as_the_configuration_says(values: dict[str, Any], said: list[str]) -> None:
    values["mesh"] = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}}
    registered = planned(values)
    (join,) = [one for one in registered if one.type == "meshx:index:Join"]
    (address,) = join.inputs["bundle"]["hosts"].values()
    assert isinstance(address, pulumi.output.Unknown)
    assert isinstance(join.inputs["bundle"]["files"]["/etc/certs/root-cert.pem"]["content"], pulumi.output.Unknown)
    assert not [one for one in registered if one.type.endswith(":Release")]
    assert [text for text in said if "does not know the cluster yet" in text]


def test_services_to_expose_are_left_out_and_that_is_said(values: dict[str, Any], said: list[str]) -> None:
    values["exposed"] = [{"service": "httpbin", "namespace": "bar", "port": 8000}]
    registered = planned(values)
    assert not [one for one in registered if one.type == "meshx:index:ExposedService"]
    assert [text for text in said if "leaves out what meshx:exposed names" in text]


def test_a_machine_that_renews_its_token_is_told_the_api_server_later(values: dict[str, Any]) -> None:
    values["networks"] = [{"name": "network1", "apiServer": "endpoint"}]
    values["workloads"][0]["machines"][0]["renewAs"] = ["117249582048193840210"]
    (join,) = [one for one in planned(values) if one.type == "meshx:index:Join"]
    assert "meshx-output" not in str(join.inputs) and "renewal" in join.inputs["bundle"]


def test_the_classic_line_can_not_be_planned_and_the_preview_says_what_to_do(classic: dict[str, Any]) -> None:
    with pytest.raises(pulumi.RunError, match="make the cluster first"):
        planned(classic)
