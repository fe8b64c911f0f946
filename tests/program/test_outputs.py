"""Outputs of other resources among a mesh's arguments: known, not known yet, secret, wrong, and in the wrong place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx import Mesh, RefusedConfigurationError
from meshx.config.leaves import Kind, Leaf
from meshx.config.loading import load
from meshx.config.program_arguments import AwaitedValue
from meshx.stack.awaited_outputs import AwaitedOutputs, as_far_as_known
from tests.program.as_arguments import Later, known, made, unknown
from tests.program.recorded_program import INSTALLED, Registered, run_program
from tests.python_keys import as_arguments

JOIN = "meshx:index:Join"
WORKLOAD_ENTRY = "kubernetes:networking.istio.io/v1:WorkloadEntry"


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


def meshes(*programs: Callable[[], object], preview: bool = False) -> list[Registered]:
    return run_program(lambda: [program() for program in programs], INSTALLED, preview=preview)


def the(registered: list[Registered], token: str) -> Registered:
    (found,) = [one for one in registered if one.type == token]
    return found


def machine(values: dict[str, Any]) -> dict[str, Any]:
    return values["workloads"][0]["machines"][0]


def test_a_preview_that_knows_no_value_shows_the_whole_plan(values: dict[str, Any]) -> None:
    values["dns"] = {"servers": ["10.0.0.53"]}
    made = meshes(lambda: Mesh("shop", as_arguments(values, known)))
    planned = meshes(lambda: Mesh("shop", as_arguments(values, unknown)), preview=True)
    assert sorted((one.type, one.name) for one in planned) == sorted((one.type, one.name) for one in made)


def test_only_what_holds_the_value_is_unknown_in_a_preview(values: dict[str, Any]) -> None:
    machine(values)["address"] = Later(unknown)
    planned = meshes(lambda: Mesh("shop", made(values)), preview=True)
    spec = the(planned, WORKLOAD_ENTRY).inputs["spec"]
    assert isinstance(spec.pop("address"), pulumi.output.Unknown)
    assert spec["serviceAccount"] == "vmhttp"
    bundle = the(planned, JOIN).inputs["bundle"]
    environment = bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]
    assert isinstance(environment["content"], pulumi.output.Unknown)
    assert environment["mode"] == "0644" and "defaultConfig" in bundle["files"]["/etc/istio/config/mesh"]["content"]


def test_no_placeholder_reaches_the_engine_or_the_outputs(values: dict[str, Any]) -> None:
    values["labels"] = {"team": "payments"}
    outputs: dict[str, Any] = {}

    def program() -> None:
        mesh = Mesh("shop", as_arguments(values, known))
        pulumi.Output.all(mesh.machines, mesh.topology, mesh.gateway_address).apply(
            lambda told: outputs.update(zip(("machines", "topology", "gateway"), told, strict=True))
        )

    registered = meshes(program)
    assert "meshx-output" not in str(registered) and "241." not in str(registered) and "8041775" not in str(registered)
    assert outputs["machines"]["vm-1"]["address"] == "10.77.0.11"
    assert outputs["gateway"] == "10.77.0.200" and "meshx" not in outputs["topology"]


def test_a_value_is_taken_as_the_stacks_file_would_have_it(values: dict[str, Any]) -> None:
    machine(values)["address"] = Later(known, "fd00:0:0::11")
    values["workloads"][0]["labels"]["version"] = Later(known, "10")
    registered = meshes(lambda: Mesh("shop", made(values)))
    assert the(registered, WORKLOAD_ENTRY).inputs["spec"]["address"] == "fd00::11"
    files = the(registered, JOIN).inputs["bundle"]["files"]
    assert "    CANONICAL_REVISION: '10'\n" in files["/etc/istio/config/mesh"]["content"]


@pytest.mark.parametrize(
    ("address", "told"),
    [("127.0.0.1", "is a loopback address"), (8080, "found the number 8080"), (None, "the output has no value")],
)
def test_a_wrong_value_stops_before_anything_of_the_machine_is_made(
    values: dict[str, Any], address: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(values)["address"] = Later(known, address)
    seen: list[str] = []
    from tests.program import recorded_program  # noqa: PLC0415

    class Seeing(recorded_program.RecordingMonitor):
        def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
            seen.append(f"{request.type} {request.name}")
            return super().RegisterResource(request)

    monkeypatch.setattr(recorded_program, "RecordingMonitor", Seeing)
    with pytest.raises(RefusedConfigurationError) as error:
        meshes(lambda: Mesh("shop", made(values)))
    assert "meshx:workloads[0].machines[0].address\n" in str(error.value) and told in str(error.value)
    of_machine = [one for one in seen if one.endswith(" shop/vm-1") and not one.startswith("meshx:index:Machine ")]
    assert not of_machine


def test_values_that_contradict_each_other_are_told_once_they_are_known(values: dict[str, Any]) -> None:
    second = {**machine(values), "name": "vm-2", "address": Later(known, "10.77.0.11")}
    values["workloads"][0]["machines"].append(second)
    with pytest.raises(RefusedConfigurationError, match=r"address 10.77.0.11 is taken by meshx:workloads\[0\]"):
        meshes(lambda: Mesh("shop", made(values)))


def test_a_preview_checks_what_it_knows(values: dict[str, Any]) -> None:
    second = {**machine(values), "name": "vm-2", "address": Later(unknown)}
    machine(values)["address"] = Later(known, "127.0.0.1")
    values["workloads"][0]["machines"].append(second)
    with pytest.raises(RefusedConfigurationError, match="loopback"):
        meshes(lambda: Mesh("shop", made(values)), preview=True)


@pytest.mark.parametrize(
    ("way_to", "path"),
    [
        (("workloads", 0, "machines", 0, "name"), "meshx:workloads[0].machines[0].name"),
        (("mesh", "network"), "meshx:mesh.network"),
        (("workloads", 0, "ports", 0, "port"), "meshx:workloads[0].ports[0].port"),
        (("workloads", 0, "machines", 0), "meshx:workloads[0].machines[0]"),
        (("workloads",), "meshx:workloads"),
        (("workloads", 0, "labels"), "meshx:workloads[0].labels"),
    ],
)
def test_an_output_that_would_decide_what_is_made_is_refused_by_its_path(
    values: dict[str, Any], way_to: tuple[Any, ...], path: str
) -> None:
    *around, last = way_to
    place: Any = values
    for part in around:
        place = place[part]

    def program() -> None:
        place[last] = Later(known, place[last])
        Mesh("shop", made(values))

    with pytest.raises(RefusedConfigurationError) as error:
        meshes(program)
    assert f"{path}\n    an output of another resource stands here" in str(error.value)
    assert [problem.path for problem in error.value.problems].count(path) == 1


def test_a_secret_value_stays_secret_in_all_that_holds_it(values: dict[str, Any]) -> None:
    machine(values)["address"] = Later(pulumi.Output.secret, "10.77.0.11")
    registered = meshes(lambda: Mesh("shop", made(values)))
    entry = the(registered, WORKLOAD_ENTRY).inputs
    assert pulumi.runtime.rpc.is_rpc_secret(entry["spec"]) and not pulumi.runtime.rpc.is_rpc_secret(entry["metadata"])


def test_keys_and_kubeconfigs_are_secret_whether_the_program_says_so_or_not(
    values: dict[str, Any], folder: Path
) -> None:
    key = (folder / "id").read_text()
    kubeconfig = "clusters: []\ncontexts: [{name: somewhere}]\n"
    del values["ssh"]
    given = {**values, "ssh_private_key": Later(known, key), "kubeconfig": Later(known, kubeconfig)}
    registered = meshes(lambda: Mesh("shop", made(given)))
    plugin, cluster = the(registered, "pulumi:providers:meshx"), the(registered, "pulumi:providers:kubernetes")
    assert plugin.inputs["sshPrivateKey"]["value"] == key and plugin.inputs["kubeconfig"]["value"] == kubeconfig
    assert pulumi.runtime.rpc.is_rpc_secret(cluster.inputs["kubeconfig"])
    rest = [one.inputs for one in registered if not one.type.startswith("pulumi:providers:")]
    assert "PRIVATE KEY" not in str(rest) and "contexts" not in str(rest)


def test_what_holds_a_value_depends_on_the_resource_that_has_it(values: dict[str, Any]) -> None:
    def program() -> None:
        instance = pulumi.CustomResource("test:index:Instance", "instance")
        machine(values)["address"] = instance.id.apply(lambda _: "10.77.0.11")
        Mesh("shop", made(values))

    join = the(meshes(program), JOIN)
    assert any(urn.endswith("test:index:Instance::instance") for urn in join.dependencies)


def test_the_table_says_what_waits_for_the_up(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.info", lambda text, *_: said.append(text))
    machine(values)["address"] = Later(unknown)
    meshes(lambda: Mesh("shop", made(values)), preview=True)
    (table,) = [text for text in said if text.startswith("Reachability")]
    assert "vm-1 (waits for up)" in table
    assert "wait for the up, which alone knows meshx:workloads[0].machines[0].address" in table
    assert "241." not in table


def test_what_is_wrong_with_a_secret_value_is_told_without_it(values: dict[str, Any]) -> None:
    machine(values)["address"] = Later(pulumi.Output.secret, "127.0.0.77")
    with pytest.raises(RefusedConfigurationError) as error:
        meshes(lambda: Mesh("shop", made(values)))
    assert "'[secret]' is a loopback address" in str(error.value) and "127.0.0.77" not in str(error.value)


@pytest.mark.parametrize(("address", "chosen"), [("10.77.0.11", "10.77.0.200"), ("fd00::11", "fd00::200")])
def test_machines_get_the_gateways_address_of_their_own_family(
    values: dict[str, Any], address: str, chosen: str
) -> None:
    gateway = INSTALLED["Service istio-system/istio-eastwestgateway"]
    both = {"loadBalancer": {"ingress": [{"ip": "10.77.0.200"}, {"ip": "fd00::200"}]}}
    cluster = {**INSTALLED, "Service istio-system/istio-eastwestgateway": {**gateway, "status": both}}
    machine(values)["address"] = Later(known, address)
    registered = run_program(lambda: Mesh("shop", made(values)), cluster)
    assert the(registered, JOIN).inputs["bundle"]["hosts"] == {"istiod.istio-system.svc": chosen}


@pytest.mark.parametrize(("make", "shown"), [(known, "10.79.0.11"), (pulumi.Output.secret, "[secret]")])
def test_messages_show_what_is_known_and_no_secret(make: Any, shown: str) -> None:
    texts: list[str] = []

    def program() -> None:
        placeholder = Leaf(Kind.ADDRESS).placeholder()
        place = AwaitedValue(("dns", "servers", 0), make("10.79.0.11"), Leaf(Kind.ADDRESS))
        stated = {"cluster": {"context": "a"}, "mesh": {"istioVersion": "1.31"}}

        def loaded(values: Any) -> Any:
            return load({**stated, "dns": {"servers": [values[placeholder]]}}, Path())

        AwaitedOutputs({placeholder: place}, loaded)
        pulumi.Output.from_input(as_far_as_known(f"at {placeholder}")).apply(texts.append)

    run_program(program, {})
    assert texts == [f"at {shown}"]
