"""Components for programs in other languages, on a mocked engine: what a request's options make of their children."""

from pathlib import Path
from typing import Any, cast

import pytest
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import alias_pb2, provider_pb2
from pulumi.runtime.settings import get_monitor

from meshx.construct import Components
from meshx.plugin_base.property_values import to_struct
from tests.program.recorded_program import INSTALLED, Registered, run_program
from tests.program.test_gce import OF_KUBECONFIG

COMMANDS = {"up": "start it", "down": "stop it"}


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


def constructed(values: dict[str, Any], objects: Any = INSTALLED, **options: Any) -> list[Registered]:
    """What a mesh makes that the engine asks for; options: fields of the request."""
    request = provider_pb2.ConstructRequest(type="meshx:index:Mesh", name="shop", inputs=to_struct(values), **options)

    def program() -> None:
        # What the SDK asks of a provider that it has classes for, which it has once a test before has imported them.
        for package in ("kubernetes", "gcp", "command"):
            known = {"urn": reference(package).rpartition("::")[0], "id": f"{package}-id", "state": {}}
            cast("MockMonitor", get_monitor()).resources[known["urn"]] = MockMonitor.ResourceRegistration(**known)
        taken = ProviderServicer._construct_options(request)  # pyright: ignore[reportPrivateUsage]
        Components(request.inputs).construct("shop", request.type, {}, taken)

    return run_program(program, objects)


def reference(package: str) -> str:
    """How the engine names a provider of the program's own."""
    return f"urn:pulumi:dev::meshx::pulumi:providers:{package}::mine::{package}-id"


def of_package(registered: list[Registered], package: str) -> set[str]:
    """The providers of everything that a package makes."""
    return {one.provider for one in registered if one.type.startswith(f"{package}:")}


def test_handed_providers_make_what_is_in_the_cluster_and_what_is_done_on_machines(values: dict[str, Any]) -> None:
    values["workloads"][0]["commands"] = COMMANDS
    values["ssh"]["keyInState"] = True
    handed = {one: reference(one) for one in ("kubernetes", "command", "meshx")}
    registered = constructed(values, providers=handed)
    assert [one.type for one in registered if one.type.startswith("pulumi:providers:")] == []
    assert of_package(registered, "kubernetes") == {handed["kubernetes"]}
    assert of_package(registered, "command") == {handed["command"]}
    assert {one.provider for one in registered if one.type == "meshx:index:Join"} == {handed["meshx"]}


def test_a_handed_provider_of_google_cloud_makes_the_instances(instance: dict[str, Any]) -> None:
    registered = constructed(instance, OF_KUBECONFIG, providers={"gcp": reference("gcp")})
    assert of_package(registered, "gcp") == {reference("gcp")}
    made = sorted(one.type for one in registered if one.type.startswith("pulumi:providers:"))
    assert made == ["pulumi:providers:kubernetes", "pulumi:providers:meshx"]


def test_protection_reaches_the_children_and_what_comes_before_and_other_names_the_component(
    values: dict[str, Any],
) -> None:
    before = "urn:pulumi:dev::meshx::gcp:container/cluster:Cluster::cluster"
    former = alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="former"))
    registered = constructed(values, protect=True, dependencies=[before], aliases=[former])
    (mesh,) = [one for one in registered if one.type == "meshx:index:Mesh"]
    assert before in mesh.dependencies and "former" in "".join(mesh.aliases)
    below = [one for one in registered if "meshx:index:Mesh" in one.parent]
    assert len(below) > 10 and all(one.protect for one in below)
