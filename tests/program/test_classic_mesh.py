"""What the program registers for a mesh of Istio 1.1 to 1.4: on a single network, across networks, adopted."""

import pulumi
import pytest
import yaml

from meshx.cluster.ownership import owner_in_values
from tests.program.recorded_program import GATEWAY_ADDRESS, owner, run
from tests.program.test_mesh import names, of_type, the

JOIN = "meshx:index:Join"
RELEASE = "kubernetes:helm.sh/v3:Release"
EXPANSION = "meshx:index:MeshExpansion"
AUTHORITY = "meshx:index:MeshAuthority"
SERVICE = "kubernetes:core/v1:Service"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
ENDPOINTS = "kubernetes:core/v1:Endpoints"
NAMESPACE = "kubernetes:core/v1:Namespace"
REMAINS = "meshx:index:ChartRemains"
RULE = "kubernetes:networking.istio.io/v1alpha3:DestinationRule"
SERVICE_ENTRY = "kubernetes:networking.istio.io/v1alpha3:ServiceEntry"
VERSIONS = ("1.1.17", "1.2.10", "1.3.8", "1.4.10")

CLUSTER_1_15 = {"major": "1", "minor": "15", "servicesCidrs": []}
SIGNING = "meshx:index:signingCitadel"
INSTALLED = {
    "meshx:index:kubernetesCluster": CLUSTER_1_15,
    SIGNING: {"bySecret": False},
    "Service istio-system/istio-ingressgateway": {
        "metadata": {"name": "istio-ingressgateway", "namespace": "istio-system"},
        "spec": {"selector": {"istio": "ingressgateway"}},
        "status": {"loadBalancer": {"ingress": [{"ip": GATEWAY_ADDRESS}]}},
    },
    "Service istio-system/istiocoredns": {
        "metadata": {"name": "istiocoredns", "namespace": "istio-system"},
        "spec": {"selector": {"app": "istiocoredns"}, "clusterIP": "172.21.100.53"},
    },
}
RUNNING = {
    "meshx:index:kubernetesCluster": CLUSTER_1_15,
    "meshx:index:runningCitadel": {
        "ingress": [{"ip": GATEWAY_ADDRESS, "hostname": ""}],
        "mesh": yaml.safe_dump({"defaultConfig": {"controlPlaneAuthPolicy": "MUTUAL_TLS"}}),
        "injector": {},
        "bySecret": False,
        "mutualTls": False,
    },
}


@pytest.mark.parametrize("version", VERSIONS)
def test_both_charts_are_installed_one_after_the_other_with_mesh_expansion(classic, folder, version):
    classic["mesh"]["istioVersion"] = version
    registered = run(classic, folder, INSTALLED)
    init, istio = the(registered, RELEASE, "istio-init"), the(registered, RELEASE, "istio")
    assert (init.inputs["chart"], istio.inputs["chart"]) == ("helm/istio-init", "helm/istio")
    assert init.inputs["waitForJobs"] is True
    assert istio.inputs["values"]["global"]["meshExpansion"] == {"enabled": True}
    assert "security" not in istio.inputs["values"]
    assert "kubernetes:helm.sh/v3:Release istio-init" in names(istio.dependencies)
    assert not of_type(registered, AUTHORITY)


def test_what_the_jobs_leave_is_taken_away_after_everything_of_the_control_plane(classic, folder):
    registered = run(classic, folder, INSTALLED)
    remains = the(registered, REMAINS)
    assert remains.dependencies == frozenset()
    assert names(the(registered, NAMESPACE, "istio-system").dependencies) == {f"{REMAINS} chart-remains"}
    assert remains.inputs["release"] == {"name": "istio-init", "namespace": "istio-system"}
    assert (remains.inputs["configMaps"], remains.inputs["madeByJobs"]) == ([], True)


def test_releases_of_a_dead_run_are_cleared_before_they_are_touched(classic, folder):
    releases = of_type(run(classic, folder, INSTALLED), RELEASE)
    assert [one.name for one in releases] == ["istio-init", "istio"]
    for release in releases:
        assert release.before_create == ("mesh-release-may-be-installed",)
        assert release.before_update == ("mesh-release-may-be-upgraded",)
        assert owner_in_values(release.inputs["values"]) == owner().mark


def test_a_single_network_has_its_subset_of_the_objects_and_not_the_others(classic, folder):
    expansion = the(run(classic, folder, INSTALLED), EXPANSION).inputs
    assert [f"{one['kind']} {one['name']}" for one in expansion["objects"]] == [
        "Gateway meshexpansion-gateway",
        "VirtualService meshexpansion-vs-pilot",
        "VirtualService meshexpansion-vs-citadel",
        "DestinationRule istio-citadel",
        "DestinationRule istio-pilot",
    ]
    assert len(expansion["unexpected"]) == 6
    assert expansion["deployments"] == ["istio-pilot", "istio-citadel", "istio-ingressgateway"]
    assert "meshx:mesh.values.istio" in expansion["remedy"]


def test_a_join_waits_for_the_control_plane_and_carries_what_the_guides_put_on_a_machine(classic, folder):
    registered = run(classic, folder, INSTALLED)
    join = the(registered, JOIN)
    assert f"{ACCOUNT} vm/vmhttp" in names(join.dependencies)
    assert {
        "kubernetes:core/v1:Namespace vm",
        "kubernetes:helm.sh/v3:Release istio",
        f"{EXPANSION} mesh-expansion",
    } <= names(the(registered, ACCOUNT).dependencies)
    bundle = join.inputs["bundle"]
    assert bundle["hosts"] == dict.fromkeys(
        ("istio-citadel", "istio-pilot", "istio-pilot.istio-system"), GATEWAY_ADDRESS
    )
    assert list(bundle["files"]) == ["/var/lib/meshx/sidecar/cluster.env"]
    assert "ISTIO_SERVICE_CIDR=172.21.0.0/16" in bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_CP_AUTH" not in bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert bundle["identity"]["secret"] == "istio.vmhttp"
    assert "token" not in join.inputs
    assert "workloadEntry" not in join.inputs
    assert "whenDown" not in bundle


def test_ports_of_this_line_are_closed_past_the_proxy_where_the_workload_says_so(classic, folder):
    classic["workloads"][0]["whenDown"] = "closed"
    closed = the(run(classic, folder, INSTALLED), JOIN).inputs["bundle"]["whenDown"]
    assert closed == {"ports": [8080], "callsPastTheProxy": "refused"}


def test_a_workload_without_ports_only_calls(classic, folder):
    del classic["workloads"][0]["ports"]
    registered = run(classic, folder, INSTALLED)
    assert not of_type(registered, SERVICE_ENTRY)
    assert not of_type(registered, ENDPOINTS)
    environment = the(registered, JOIN).inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_INBOUND_PORTS" not in environment


def test_a_running_control_plane_is_adopted_with_what_it_says_of_itself(classic, folder):
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    registered = run(classic, folder, RUNNING)
    assert not of_type(registered, RELEASE)
    assert not of_type(registered, REMAINS)
    assert [one.name for one in of_type(registered, "kubernetes:core/v1:Namespace")] == ["vm"]
    join = the(registered, JOIN)
    assert join.inputs["bundle"]["hosts"]["istio-citadel"] == GATEWAY_ADDRESS
    environment = join.inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_CP_AUTH=MUTUAL_TLS" in environment
    assert f"{EXPANSION} mesh-expansion" in names(the(registered, ACCOUNT).dependencies)


def test_a_control_plane_of_the_stack_is_not_adopted_by_it_and_taken_away_in_one_run(classic, folder):
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    there = {**RUNNING, "meshx:index:releaseOwner": {"owner": owner().mark}}
    with pytest.raises(pulumi.RunError, match=r"the running control plane is this stack's own, .* Remedy: true"):
        run(classic, folder, there)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_differs_in_somebodys_mesh_is_put_right_by_the_guides_command(elsewhere, folder, version):
    elsewhere["mesh"] = {"istioVersion": version, "network": "network1", "install": {"controlPlane": False}}
    found = {**RUNNING, "Service istio-system/istiocoredns": {"spec": {"clusterIP": "10.96.0.53"}}}
    remedy = the(run(elsewhere, folder, found), EXPANSION).inputs["remedy"]
    values = "values-istio-multicluster-gateways" if version < "1.3" else "values-istio-meshexpansion-gateways"
    assert remedy.startswith("helm upgrade -f")
    assert values in remedy
    assert "--set global.meshExpansion.enabled=true" in remedy
    assert "--set security.selfSigned=<as it is now>" in remedy


def test_mesh_expansion_is_turned_on_where_it_is_asked_for(classic, folder):
    classic["mesh"] = {
        "istioVersion": "1.4.10",
        "network": "network1",
        "install": {"controlPlane": False, "meshExpansion": True},
    }
    expansion = the(run(classic, folder, RUNNING), EXPANSION).inputs
    assert expansion["gateway"] == {
        "name": "istio-ingressgateway",
        "namespace": "istio-system",
        "ports": {"tcp-pilot-grpc-tls": 15011, "tcp-mixer-grpc-tls": 15004, "tcp-citadel-grpc-tls": 8060},
    }


def test_mesh_expansion_is_not_turned_on_for_machines_on_other_networks(elsewhere, folder):
    elsewhere["mesh"] = {
        "istioVersion": "1.4.10",
        "network": "network1",
        "install": {"controlPlane": False, "meshExpansion": True},
    }
    with pytest.raises(pulumi.RunError, match=r"for machines on the cluster's network.*helm upgrade -f"):
        run(elsewhere, folder, RUNNING)


@pytest.mark.parametrize("mesh", ["{", "just words", "- a list"])
def test_a_mesh_configuration_that_can_not_be_read_is_refused_in_words(classic, folder, mesh):
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    running = {**RUNNING["meshx:index:runningCitadel"], "mesh": mesh}
    with pytest.raises(pulumi.RunError, match="the ConfigMap istio of the running control plane"):
        run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": running})


def test_tabs_after_values_are_read_as_istio_reads_them(classic, folder):
    classic["mesh"] = {"istioVersion": "1.1.17", "network": "network1", "install": {"controlPlane": False}}
    mesh = "defaultConfig:\n  concurrency: 2\t\n  controlPlaneAuthPolicy: MUTUAL_TLS\t\n"
    running = {**RUNNING["meshx:index:runningCitadel"], "mesh": mesh}
    join = the(run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": running}), JOIN)
    assert "MUTUAL_TLS" in join.inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]


def test_a_kubernetes_that_can_not_run_the_version_is_refused_before_anything_is_made(classic, folder):
    later = {**INSTALLED, "meshx:index:kubernetesCluster": {"major": "1", "minor": "22", "servicesCidrs": []}}
    with pytest.raises(pulumi.RunError, match=r"Kubernetes 1\.22, and Istio 1\.4 needs one below 1\.22"):
        run(classic, folder, later)
    (folder / "helm" / "istio" / "Chart.yaml").write_text("name: istio\nkubeVersion: '>=1.20'\n")
    assert the(run(classic, folder, later), RELEASE, "istio")


def test_the_range_of_services_has_to_be_known(classic, folder):
    classic["cluster"]["servicesCidr"] = "auto"
    with pytest.raises(pulumi.RunError, match=r"meshx:cluster\.servicesCidr has to be written"):
        run(classic, folder, INSTALLED)
    told = {**INSTALLED, "meshx:index:kubernetesCluster": {**CLUSTER_1_15, "servicesCidrs": ["10.96.0.0/16"]}}
    environment = the(run(classic, folder, told), JOIN).inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]
    assert "ISTIO_SERVICE_CIDR=10.96.0.0/16" in environment["content"]


def test_gke_says_the_range_itself(classic, folder):
    classic["cluster"] = {"context": "gke_my-project_europe-west1_mesh"}
    gke = {**INSTALLED, "gcp:container/getCluster:getCluster": {"servicesIpv4Cidr": "10.0.16.0/20"}}
    environment = the(run(classic, folder, gke), JOIN).inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]
    assert "ISTIO_SERVICE_CIDR=10.0.16.0/20" in environment["content"]


def test_a_chart_that_helm_refuses_is_installed_from_a_repaired_copy(classic, folder):
    classic["mesh"]["istioVersion"] = "1.3.8"
    bindings = folder / "helm/istio/charts/gateways/templates/rolebindings.yaml"
    bindings.parent.mkdir(parents=True)
    bindings.write_text("{{- if ($spec.sds) and (eq $spec.sds.enabled true) }}\n{{- end }}\n")
    assert the(run(classic, folder, INSTALLED), RELEASE, "istio").inputs["chart"] == ".meshx/charts/istio-1.3.8"


def test_charts_of_a_release_come_from_its_own_repository(classic, folder):
    del classic["mesh"]["chart"]
    release = the(run(classic, folder, INSTALLED), RELEASE, "istio").inputs
    assert (release["chart"], release["version"]) == ("istio", "1.4.10")
    assert release["repositoryOpts"]["repo"] == "https://blob.istio.io/istio-release/releases/1.4.10/charts"


def test_everything_made_in_the_cluster_carries_the_owner(classic, folder):
    registered = run(classic, folder, INSTALLED)
    made = [one.inputs["metadata"]["labels"] for one in registered if "metadata" in one.inputs]
    made.append(the(registered, EXPANSION).inputs["labels"])
    assert all(labels["meshx/owner"] == owner().mark for labels in made)


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        ("15", {"enableServerSideApply": "false"}),
        ("16", {"upsertExistingObjects": "true", "enablePatchForce": "true"}),
    ],
)
def test_objects_are_merged_by_the_server_where_the_cluster_knows_how(classic, folder, minor, expected):
    cluster = {**INSTALLED, "meshx:index:kubernetesCluster": {"major": "1", "minor": minor, "servicesCidrs": []}}
    settings = the(run(classic, folder, cluster), "pulumi:providers:kubernetes").inputs
    said = ("enableServerSideApply", "upsertExistingObjects", "enablePatchForce")
    assert {key: settings[key] for key in said if key in settings} == expected


def test_the_table_tells_who_reaches_what_on_this_line(elsewhere, folder):
    rows = the(run(elsewhere, folder, INSTALLED), "meshx:index:ReachabilityTable", "reachability").inputs["rows"]
    calls = {key: row["ends"] for key, row in rows.items()}
    assert calls["machines on network2 -> istio-pilot.istio-system:15011"] == "Pilot"
    assert calls["pods without a sidecar -> vmhttp.vm.svc.cluster.local:8080"] == "nowhere"
    assert calls["machines on network2 -> vmhttp.vm.svc.cluster.local:8080"] == "nowhere"
