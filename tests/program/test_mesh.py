"""What the program registers for a stack: the topology, its order, and what stands in the state."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.program.recorded_program import GATEWAY_ADDRESS, INSTALLED, ROOT_CERTIFICATE, Registered, owner, run

JOIN = "meshx:index:Join"
RELEASE = "kubernetes:helm.sh/v3:Release"
WORKLOAD_ENTRY = "kubernetes:networking.istio.io/v1:WorkloadEntry"
SERVICE_ENTRY = "kubernetes:networking.istio.io/v1:ServiceEntry"
SERVICE = "kubernetes:core/v1:Service"

CANARY = {
    "mesh": yaml.safe_dump(
        {"trustDomain": "corp.example", "defaultConfig": {"meshId": "corp", "tracing": {"sampling": 5}}}
    ),
    "injectorValues": json.dumps({"global": {"network": "vpc", "multiCluster": {"clusterName": "eu"}}}),
    "rootCertificate": ROOT_CERTIFICATE,
    "meshNetworks": "",
    "network": "",
}
EXPOSED = {
    "ingress": [{"ip": GATEWAY_ADDRESS, "hostname": ""}],
    "selector": {"istio": "corp-gateway"},
    "gateway": "istio-system/corp-istiod",
    "exposed": True,
    "network": "vpc",
    "crossNetwork": False,
}
ADOPTED = {**INSTALLED, "meshx:index:runningIstiod": CANARY, "meshx:index:runningGateway": EXPOSED}


def of_type(registered: list[Registered], token: str) -> list[Registered]:
    return [resource for resource in registered if resource.type == token]


def the(registered: list[Registered], token: str, name: str | None = None) -> Registered:
    found = [one for one in of_type(registered, token) if name in (None, one.name)]
    assert len(found) == 1, f"expected one {token}, found {[one.name for one in found]}"
    return found[0]


def names(dependencies: frozenset[str]) -> set[str]:
    return {urn.rpartition("$")[2].replace("::", " ") for urn in dependencies}


def names_before(registered: list[Registered], one: Registered) -> set[str]:
    """What comes before a resource: all that it depends on, and all that this depends on in turn."""
    by_name = {f"{other.type} {other.name}": other for other in registered}
    before: set[str] = set()
    further = names(one.dependencies)
    while further:
        before |= further
        known = [by_name[name] for name in further if name in by_name]
        further = {name for other in known for name in names(other.dependencies)} - before
    return before


def test_a_machine_takes_at_most_four_resources(values: dict[str, Any], folder: Path) -> None:
    one = run(values, folder)
    second = {**values["workloads"][0]["machines"][0], "name": "vm-2", "address": "10.77.0.12"}
    values["workloads"][0]["machines"].append(second)
    two = run(values, folder)
    added = [resource.type for resource in two if "vm-2" in resource.name]
    assert len(two) - len(one) == len(added)
    assert 1 <= len(added) <= 4


def test_the_join_comes_after_everything_that_a_machine_needs(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder)
    assert {
        "kubernetes:core/v1:Namespace vm",
        "kubernetes:core/v1:ServiceAccount vm/vmhttp",
        "kubernetes:networking.istio.io/v1:WorkloadEntry vm-1",
        "kubernetes:networking.istio.io/v1:Gateway istiod-gateway",
        "kubernetes:networking.istio.io/v1:VirtualService istiod-vs",
        "kubernetes:helm.sh/v3:Release istiod",
    } <= names_before(registered, the(registered, JOIN))


def test_the_bundle_names_the_gateway_and_carries_the_root_certificate(values: dict[str, Any], folder: Path) -> None:
    bundle = the(run(values, folder), JOIN).inputs["bundle"]
    assert bundle["hosts"] == {"istiod.istio-system.svc": "10.77.0.200"}
    assert "BEGIN CERTIFICATE" in bundle["files"]["/etc/certs/root-cert.pem"]["content"]
    assert "ISTIO_META_WORKLOAD_ENTRY='vm-1'" in bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]


def test_paths_stay_as_the_configuration_has_them_so_that_every_checkout_has_the_same_state(
    values: dict[str, Any], folder: Path
) -> None:
    registered = run(values, folder)
    assert str(folder) not in json.dumps([resource.inputs for resource in registered])
    assert the(registered, JOIN).inputs["bundle"]["package"]["source"] == "istio-sidecar.deb"


def test_a_private_key_reaches_the_plugin_as_a_secret_only(values: dict[str, Any], folder: Path) -> None:
    key = (folder / "id").read_text()
    del values["ssh"]
    registered = run({**values, "sshPrivateKey": key}, folder)
    plugin = the(registered, "pulumi:providers:meshx")
    assert isinstance(plugin.inputs["sshPrivateKey"], pulumi.Output) or _is_secret(plugin.inputs["sshPrivateKey"])
    rest = [resource.inputs for resource in registered if resource is not plugin]
    assert "PRIVATE KEY" not in json.dumps(rest)


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and "value" in value and pulumi.runtime.rpc.is_rpc_secret(value)


def test_a_workload_without_ports_only_calls(values: dict[str, Any], folder: Path) -> None:
    del values["workloads"][0]["ports"]
    registered = run(values, folder)
    assert not of_type(registered, WORKLOAD_ENTRY)
    assert not of_type(registered, SERVICE_ENTRY)
    assert not of_type(registered, SERVICE)
    join = the(registered, JOIN)
    assert "workloadEntry" not in join.inputs
    environment = join.inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_INBOUND_PORTS=''" in environment


def test_ports_stay_open_past_the_proxy_unless_the_workload_says_otherwise(
    values: dict[str, Any], folder: Path
) -> None:
    assert "whenDown" not in the(run(values, folder), JOIN).inputs["bundle"]
    values["workloads"][0]["whenDown"] = "closed"
    closed = the(run(values, folder), JOIN).inputs["bundle"]["whenDown"]
    assert closed == {"ports": [8080], "callsPastTheProxy": "refused"}


def test_a_single_machine_is_called_by_its_own_name(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder)
    service_entry = the(registered, SERVICE_ENTRY).inputs["spec"]
    labels = the(registered, WORKLOAD_ENTRY).inputs["spec"]["labels"]
    assert service_entry["hosts"] == ["vm-1.vmhttp.vm.svc.cluster.local"]
    assert service_entry["location"] == "MESH_INTERNAL"
    assert service_entry["workloadSelector"]["labels"].items() <= labels.items()


def test_a_machine_without_a_probe_takes_no_part_in_health_checks(values: dict[str, Any], folder: Path) -> None:
    annotated = the(run(values, folder), WORKLOAD_ENTRY).inputs["metadata"]["annotations"]
    values["workloads"][0]["probe"] = "none"
    unprobed = run(values, folder)
    assert annotated == {"proxy.istio.io/health-checks-enabled": "true"}
    assert not the(unprobed, WORKLOAD_ENTRY).inputs["metadata"].get("annotations")
    mesh = the(unprobed, JOIN).inputs["bundle"]["files"]["/etc/istio/config/mesh"]["content"]
    assert "readinessProbe" not in yaml.safe_load(mesh)["defaultConfig"]


def test_workloads_of_one_namespace_share_it(values: dict[str, Any], folder: Path) -> None:
    values["workloads"].append({"name": "caller", "namespace": "vm"})
    namespaces = of_type(run(values, folder), "kubernetes:core/v1:Namespace")
    assert sorted(namespace.name for namespace in namespaces) == ["istio-system", "vm"]


def test_a_namespace_that_is_somebody_elses_is_left_alone(values: dict[str, Any], folder: Path) -> None:
    values["workloads"][0]["createNamespace"] = False
    namespaces = of_type(run(values, folder), "kubernetes:core/v1:Namespace")
    assert [namespace.name for namespace in namespaces] == ["istio-system"]


def test_everything_made_in_the_cluster_carries_the_owner_and_the_stacks_labels(
    values: dict[str, Any], folder: Path
) -> None:
    values["labels"] = {"team": "payments"}
    made = [resource.inputs["metadata"]["labels"] for resource in run(values, folder) if "metadata" in resource.inputs]
    assert made
    assert all(labels["meshx/owner"] == owner().mark and labels["team"] == "payments" for labels in made)


def test_a_running_control_plane_is_adopted_with_what_it_says_of_itself(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    registered = run(values, folder, ADOPTED)
    assert not of_type(registered, RELEASE)
    assert [namespace.name for namespace in of_type(registered, "kubernetes:core/v1:Namespace")] == ["vm"]
    bundle = the(registered, JOIN).inputs["bundle"]
    assert bundle["hosts"] == {"istiod-canary.istio-system.svc": "10.77.0.200"}
    mesh = yaml.safe_load(bundle["files"]["/etc/istio/config/mesh"]["content"])["defaultConfig"]
    assert mesh["discoveryAddress"] == "istiod-canary.istio-system.svc:15012"
    assert mesh["tracing"] == {"sampling": 5}
    assert mesh["proxyMetadata"]["TRUST_DOMAIN"] == "corp.example"
    assert mesh["proxyMetadata"]["ISTIO_META_CLUSTER_ID"] == "eu"


@pytest.mark.parametrize(
    ("gateway", "made", "bound_to"),
    [
        ("", ["meshx-istiod-gateway-canary"], "meshx-istiod-gateway-canary"),
        ("istio-system/corp-istiod", [], "istio-system/corp-istiod"),
    ],
)
def test_an_adopted_gateway_that_leads_nowhere_is_led_to_istiod_by_objects_of_our_own(
    values: dict[str, Any], folder: Path, gateway: str, made: list[str], bound_to: str
) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    found = {**EXPOSED, "gateway": gateway, "exposed": False}
    registered = run(values, folder, {**ADOPTED, "meshx:index:runningGateway": found})
    gateways = of_type(registered, "kubernetes:networking.istio.io/v1:Gateway")
    assert [one.name for one in gateways] == made
    assert all(one.inputs["spec"]["selector"] == EXPOSED["selector"] for one in gateways)
    virtual_service = the(registered, "kubernetes:networking.istio.io/v1:VirtualService", "meshx-istiod-vs-canary")
    assert virtual_service.inputs["spec"]["gateways"] == [bound_to]
    assert virtual_service.inputs["metadata"]["labels"]["meshx/owner"] == owner().mark
    assert "VirtualService meshx-istiod-vs-canary" in " ".join(names_before(registered, the(registered, JOIN)))


def test_an_adopted_gateway_that_leads_to_istiod_gets_nothing_from_us(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    registered = run(values, folder, ADOPTED)
    assert not of_type(registered, "kubernetes:networking.istio.io/v1:Gateway")
    assert not of_type(registered, "kubernetes:networking.istio.io/v1:VirtualService")


def test_machines_are_on_the_adopted_clusters_network_where_none_is_written(
    values: dict[str, Any], folder: Path
) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    registered = run(values, folder, ADOPTED)
    environment = the(registered, JOIN).inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_META_NETWORK='vpc'" in environment
    assert the(registered, WORKLOAD_ENTRY).inputs["spec"]["network"] == "vpc"
    group = the(registered, "kubernetes:networking.istio.io/v1:WorkloadGroup")
    assert group.inputs["spec"]["template"]["network"] == "vpc"


def test_the_gateway_alone_is_installed_beside_an_adopted_control_plane(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "chart": {"path": "charts"},
        "install": {"controlPlane": False, "gateway": True},
    }
    registered = run(values, folder, ADOPTED)
    assert [release.name for release in of_type(registered, RELEASE)] == ["istio-eastwestgateway"]
    virtual_service = the(registered, "kubernetes:networking.istio.io/v1:VirtualService").inputs["spec"]
    assert virtual_service["hosts"] == [
        "istiod-canary.istio-system.svc",
        "istiod-canary.istio-system.svc.cluster.local",
    ]


def test_an_adopted_control_plane_that_is_another_than_written_is_refused_with_every_difference(
    values: dict[str, Any], folder: Path
) -> None:
    values["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "meshId": "mine",
        "network": "network1",
        "install": {"controlPlane": False, "gateway": False},
    }
    with pytest.raises(pulumi.RunError) as refused:
        run(values, folder, ADOPTED)
    assert "meshx:mesh.meshId is 'mine'" in str(refused.value)
    assert "meshx:mesh.network is 'network1'" in str(refused.value)
    assert "'vpc'" in str(refused.value)


def test_charts_come_from_istios_repository_in_the_configured_version(values: dict[str, Any], folder: Path) -> None:
    del values["mesh"]["chart"]
    releases = of_type(run(values, folder), RELEASE)
    assert {release.inputs["version"] for release in releases} == {"1.31"}
    assert {release.inputs["repositoryOpts"]["repo"] for release in releases} == {
        "https://blob.istio.io/istio-release/charts"
    }


def test_istiod_and_machines_are_told_the_same_mesh(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] |= {"meshId": "shop", "clusterName": "eu", "trustDomain": "shop.example"}
    registered = run(values, folder)
    istiod = the(registered, RELEASE, "istiod").inputs["values"]
    mesh = yaml.safe_load(the(registered, JOIN).inputs["bundle"]["files"]["/etc/istio/config/mesh"]["content"])
    metadata = mesh["defaultConfig"]["proxyMetadata"]
    assert istiod["global"]["meshID"] == metadata["ISTIO_META_MESH_ID"] == "shop"
    assert istiod["global"]["multiCluster"]["clusterName"] == metadata["ISTIO_META_CLUSTER_ID"] == "eu"
    assert istiod["meshConfig"]["trustDomain"] == metadata["TRUST_DOMAIN"] == "shop.example"
    assert istiod["global"]["network"] == metadata["ISTIO_META_NETWORK"] == "network1"


def test_charts_of_a_registry_are_named_by_their_whole_address(values: dict[str, Any], folder: Path) -> None:
    values["mesh"]["chart"] = {"repository": "oci://registry.example.com/istio/"}
    releases = of_type(run(values, folder), RELEASE)
    assert {one.inputs["chart"] for one in releases} == {
        f"oci://registry.example.com/istio/{chart}" for chart in ("base", "istiod", "gateway")
    }
    assert {one.inputs["version"] for one in releases} == {"~1.31"}
    assert not [one for one in releases if "repositoryOpts" in one.inputs]


@pytest.mark.parametrize(("version", "api", "other"), [("1.21.6", "v1beta1", "v1"), ("1.22.0", "v1", "v1beta1")])
def test_istios_objects_come_in_a_version_that_it_serves_and_stay_the_same_in_an_upgrade(
    values: dict[str, Any], folder: Path, version: str, api: str, other: str
) -> None:
    values["mesh"] = {**values["mesh"], "istioVersion": version, "mutualTls": "strict"}
    objects = [one for one in run(values, folder) if ".istio.io/" in one.type]
    assert {one.type.rpartition(":")[2] for one in objects} == {
        "Gateway",
        "PeerAuthentication",
        "ServiceEntry",
        "VirtualService",
        "WorkloadEntry",
        "WorkloadGroup",
    }
    for one in objects:
        assert one.inputs["apiVersion"].partition("/")[2] == api
        former = one.type.replace(f"/{api}:", f"/{other}:")
        assert [f'type: "{former}"' in alias for alias in one.aliases] == [True]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"injectorValues": json.dumps({"global": {"caAddress": "csr.cert-manager.svc:443"}})},
            r"global.caAddress in the values that the running istiod's injector has .* is csr.cert-manager.svc:443",
        ),
        ({"environment": {"ENABLE_CA_SERVER": "false"}}, r"ENABLE_CA_SERVER in the environment .* istiod signs no"),
        (
            {
                "mesh": yaml.safe_dump({"discoverySelectors": [{"matchLabels": {"mesh": "on"}}]}),
                "namespaces": {"vm": {"mesh": "off"}},
            },
            r"discoverySelectors in the mesh configuration .* leaves out namespace vm",
        ),
    ],
)
def test_an_istiod_that_no_machine_could_join_is_refused(
    values: dict[str, Any], folder: Path, said: dict[str, Any], words: str
) -> None:
    values["mesh"] = {**values["mesh"], "install": {"controlPlane": False, "gateway": False}, "revision": "canary"}
    values["mesh"].pop("network", None)
    for key in ("chart", "values"):
        values["mesh"].pop(key, None)
    with pytest.raises(pulumi.RunError, match=words):
        run(values, folder, {**ADOPTED, "meshx:index:runningIstiod": {**CANARY, **said}})


def test_values_by_which_no_machine_could_join_are_refused_before_anything_is_installed(
    values: dict[str, Any], folder: Path
) -> None:
    values["mesh"]["values"] = {"istiod": {"pilot": {"env": {"ENABLE_CA_SERVER": False}}}}
    with pytest.raises(pulumi.RunError, match=r"meshx:mesh\.values\.istiod\.env\.ENABLE_CA_SERVER is false"):
        run(values, folder)


EDGE = {
    **INSTALLED,
    "Service edge/istio-eastwestgateway": INSTALLED["Service istio-system/istio-eastwestgateway"],
    "ConfigMap edge/istio-ca-root-cert": INSTALLED["ConfigMap istio-system/istio-ca-root-cert"],
}


def test_a_gateways_own_namespace_is_demanded_or_made_before_it(values: dict[str, Any], folder: Path) -> None:
    values["mesh"]["gateway"] = {"namespace": "edge"}
    with pytest.raises(pulumi.RunError, match=r"namespace is edge, which is not in the cluster.*createNamespace: true"):
        run(values, folder, {**EDGE, "meshx:index:missingNamespaces": {"missing": ["edge"]}})
    there = run(values, folder, {**EDGE, "meshx:index:missingNamespaces": {"missing": []}})
    assert "edge" not in [one.name for one in of_type(there, "kubernetes:core/v1:Namespace")]
    values["mesh"]["gateway"]["createNamespace"] = True
    registered = run(values, folder, EDGE)
    release = the(registered, RELEASE, "istio-eastwestgateway")
    assert release.inputs["namespace"] == "edge"
    assert "kubernetes:core/v1:Namespace edge" in names(release.dependencies)


@pytest.mark.parametrize(("scoped", "namespace"), [("true", "edge"), ("false", "istio-system")])
def test_gateways_stand_where_istiod_looks_for_them(
    values: dict[str, Any], folder: Path, scoped: str, namespace: str
) -> None:
    values["mesh"]["gateway"] = {"namespace": "edge", "createNamespace": True}
    values["mesh"]["values"] = {"istiod": {"env": {"PILOT_SCOPE_GATEWAY_TO_NAMESPACE": scoped}}}
    registered = run(values, folder, EDGE)
    for kind in ("Gateway", "VirtualService"):
        for one in of_type(registered, f"kubernetes:networking.istio.io/v1:{kind}"):
            assert one.inputs["metadata"]["namespace"] == namespace
    route = the(registered, "kubernetes:networking.istio.io/v1:VirtualService", "istiod-vs").inputs["spec"]["tls"][0]
    assert route["route"][0]["destination"]["host"] == "istiod.istio-system.svc.cluster.local"


def test_machines_are_told_the_gateways_address_of_their_family_or_the_one_that_is_written(
    values: dict[str, Any], folder: Path
) -> None:
    balancer = {"loadBalancer": {"ingress": [{"ip": "2001:db8:7::15"}, {"ip": "203.0.113.15"}]}}
    service = {**INSTALLED["Service istio-system/istio-eastwestgateway"], "status": balancer}
    there = {**INSTALLED, "Service istio-system/istio-eastwestgateway": service}
    hosts = the(run(values, folder, there), JOIN).inputs["bundle"]["hosts"]
    assert set(hosts.values()) == {"203.0.113.15"}
    values["mesh"]["gateway"] = {"address": "198.51.100.7"}
    hosts = the(run(values, folder, there), JOIN).inputs["bundle"]["hosts"]
    assert set(hosts.values()) == {"198.51.100.7"}
