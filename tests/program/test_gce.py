"""What the program registers for instances of Google Compute Engine, alone and in groups."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.google_cloud.cloud_names import cloud_name, network_tag, workload_tag
from tests.program.recorded_program import GATEWAY_ADDRESS, INSTALLED, Registered, owner, run
from tests.program.test_mesh import (
    ADOPTED,
    JOIN,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    names_before,
    of_type,
    the,
)

INSTANCE = "gcp:compute/instance:Instance"
ADDRESS = "gcp:compute/address:Address"
FIREWALL = "gcp:compute/firewall:Firewall"
ACCOUNT = "gcp:serviceaccount/account:Account"
TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
MANAGER = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
HEALTH_CHECK = "gcp:compute/healthCheck:HealthCheck"
AUTOSCALER = "gcp:compute/regionAutoscaler:RegionAutoscaler"
INSTANCE_JOIN = "meshx:index:InstanceJoin"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
WORKLOAD_GROUP = "kubernetes:networking.istio.io/v1:WorkloadGroup"
GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1:VirtualService"

AUTHORITY = "-----BEGIN CERTIFICATE-----\ncluster\n-----END CERTIFICATE-----\n"
OF_KUBECONFIG = {
    **INSTALLED,
    "meshx:index:apiServer": {"server": "https://10.77.0.1:6443", "certificateAuthority": AUTHORITY},
}
OF_GKE = {
    **INSTALLED,
    "gcp:container/getCluster:getCluster": {
        "endpoint": "34.118.0.7",
        "masterAuths": [{"clusterCaCertificate": base64.b64encode(AUTHORITY.encode()).decode()}],
        "servicesIpv4Cidr": "10.8.0.0/20",
        "clusterIpv4Cidr": "10.4.0.0/14",
    },
}


@pytest.fixture
def grouped(instance: dict[str, Any]) -> dict[str, Any]:
    """A stack with a group in place of the instance."""
    workload = instance["workloads"][0]
    del workload["machines"]
    workload["group"] = {"size": 3}
    return instance


def script(registered: list[Registered]) -> str:
    return str(the(registered, INSTANCE).inputs["metadata"]["startup-script"])


def test_an_instance_is_made_at_its_address_with_an_identity_of_its_own(instance: dict[str, Any], folder: Path) -> None:
    registered = run(instance, folder, OF_KUBECONFIG)
    made = the(registered, INSTANCE, "vm/vmhttp/vm-1").inputs
    assert (made["name"], made["zone"], made["machineType"]) == ("vm-1", "europe-west1-b", "e2-small")
    assert made["networkInterfaces"] == [{"subnetwork": "default", "networkIp": "10.77.0.13"}]
    assert made["serviceAccount"]["email"] == "instances@my-project.iam.gserviceaccount.com"
    assert made["allowStoppingForUpdate"] is True
    assert made["deletionProtection"] is False
    assert all(made["shieldedInstanceConfig"].values())
    assert made["labels"] == {"team": "shop", "meshx-owner": cloud_name(owner())}
    assert made["tags"] == [network_tag(owner(), "network1"), workload_tag(owner(), "vm", "vmhttp")]
    assert {key: made["metadata"][key] for key in ("enable-oslogin", "block-project-ssh-keys")} == {
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
    }
    address = the(registered, ADDRESS, "vm/vmhttp/vm-1").inputs
    assert (address["address"], address["addressType"], address["region"]) == (
        "10.77.0.13",
        "INTERNAL",
        "europe-west1",
    )
    assert the(registered, "pulumi:providers:gcp").inputs["project"] == "my-project"


@pytest.mark.parametrize(("kind", "stack"), [(INSTANCE, "instance"), (TEMPLATE, "grouped")])
def test_an_instances_ports_are_closed_by_its_startup_script(
    request: pytest.FixtureRequest, folder: Path, kind: str, stack: str
) -> None:
    values = request.getfixturevalue(stack)
    ports = "\nput closed-ports <<'END'\n8080\nEND\n"
    assert ports not in the(run(values, folder, OF_KUBECONFIG), kind).inputs["metadata"]["startup-script"]
    values["workloads"][0]["whenDown"] = "closed"
    assert ports in the(run(values, folder, OF_KUBECONFIG), kind).inputs["metadata"]["startup-script"]


def test_an_instance_is_known_before_it_boots_and_waited_for_afterwards(instance: dict[str, Any], folder: Path) -> None:
    registered = run(instance, folder, OF_KUBECONFIG)
    before = names_before(registered, the(registered, INSTANCE))
    assert {
        f"{WORKLOAD_ENTRY} vm/vmhttp/vm-1",
        f"{SERVICE_ENTRY} vm/vmhttp/vm-1",
        f"{BINDING} vm/vmhttp",
        f"{FIREWALL} meshx-dev-network1-to-gateway",
        f"{VIRTUAL_SERVICE} istiod-vs",
    } <= before
    join = the(registered, INSTANCE_JOIN)
    assert f"{INSTANCE} vm/vmhttp/vm-1" in names_before(registered, join)
    assert (join.inputs["workloadEntry"], join.inputs["instance"], join.inputs["drainSeconds"]) == ("vm-1", "4711", 5)
    assert not of_type(registered, JOIN)


def test_its_identity_may_ask_for_its_workloads_token_and_nothing_else(instance: dict[str, Any], folder: Path) -> None:
    registered = run(instance, folder, OF_KUBECONFIG)
    assert the(registered, ACCOUNT).inputs["accountId"] == cloud_name(owner(), "vm", "vmhttp", longest=30)
    role = the(registered, ROLE).inputs
    assert role["metadata"]["namespace"] == "vm"
    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["serviceaccounts/token"],
            "resourceNames": ["vmhttp"],
            "verbs": ["create"],
        },
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["istio-ca-root-cert"], "verbs": ["get"]},
    ]
    subjects = the(registered, BINDING).inputs["subjects"]
    assert [(one["kind"], one["name"]) for one in subjects] == [
        ("User", "instances@my-project.iam.gserviceaccount.com"),
        ("User", "117249582048193840210"),
    ]


def test_firewalls_are_those_of_the_topology_and_no_more(instance: dict[str, Any], folder: Path) -> None:
    registered = run(instance, folder, OF_KUBECONFIG)
    rules = {one.name: one.inputs for one in of_type(registered, FIREWALL)}
    assert set(rules) == {
        "meshx-dev-network1-to-gateway",
        "meshx-dev-network1-to-pods",
        "meshx-dev-network1-to-vm-vmhttp",
    }
    gateway = rules["meshx-dev-network1-to-gateway"]
    assert (gateway["direction"], gateway["destinationRanges"]) == ("EGRESS", [f"{GATEWAY_ADDRESS}/32"])
    assert gateway["allows"] == [{"protocol": "tcp", "ports": ["15012"]}]
    pods = rules["meshx-dev-network1-to-pods"]
    assert (pods["sourceTags"], pods["destinationRanges"]) == (
        [network_tag(owner(), "network1"), "meshx-dev-on-network1"],
        ["10.244.0.0/16"],
    )
    serving = rules["meshx-dev-network1-to-vm-vmhttp"]
    assert serving["allows"] == [{"protocol": "tcp", "ports": ["8080"]}]
    assert (serving["sourceRanges"], serving["targetTags"]) == (
        ["10.244.0.0/16"],
        [workload_tag(owner(), "vm", "vmhttp"), "meshx-dev-vm-vmhttp"],
    )
    assert all(rule["description"] and rule["network"] == "default" for rule in rules.values())


def test_the_startup_script_holds_the_bundle_and_the_way_to_a_token_and_no_certificate_of_the_mesh(
    instance: dict[str, Any], folder: Path
) -> None:
    text = script(run(instance, folder, OF_KUBECONFIG))
    assert "API_SERVER=https://10.77.0.1:6443\nAPI_SERVER_RESOLVE=''\n" in text
    assert "NAMESPACE=vm\nSERVICE_ACCOUNT=vmhttp\nTOKEN_AUDIENCE=istio-ca\nTOKEN_SECONDS=3600\n" in text
    assert "PACKAGE_URL=https://x.example/istio-sidecar.deb" in text
    assert f"istio-sidecar {'ab' * 32}" in text
    assert f"{GATEWAY_ADDRESS} istiod.istio-system.svc" in text
    assert "ISTIO_META_WORKLOAD_ENTRY='vm-1'" in text
    # Its own way to who it is does not go through the sidecar.
    assert "ISTIO_SERVICE_EXCLUDE_CIDR='169.254.169.254/32'" in text
    assert text.count("BEGIN CERTIFICATE-----\n") == 1
    assert AUTHORITY in text
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


def test_google_says_where_its_cluster_is_and_which_addresses_its_pods_have(
    instance: dict[str, Any], folder: Path
) -> None:
    instance["cluster"] = {"context": "gke_my-project_europe-west1_mesh"}
    registered = run(instance, folder, OF_GKE)
    assert "API_SERVER=https://34.118.0.7\n" in script(registered)
    assert AUTHORITY in script(registered)
    ranges = {tuple(one.inputs.get("sourceRanges") or ()) for one in of_type(registered, FIREWALL)}
    assert ("10.4.0.0/14",) in ranges


def test_the_endpoint_that_is_written_is_the_one_that_is_asked(instance: dict[str, Any], folder: Path) -> None:
    instance["cluster"]["endpoint"] = "10.0.0.2:8443"
    assert "API_SERVER=https://10.0.0.2:8443\n" in script(run(instance, folder, OF_KUBECONFIG))


def test_a_network_without_a_way_to_the_endpoint_goes_through_the_gateway(
    instance: dict[str, Any], folder: Path
) -> None:
    instance["workloads"][0]["network"] = "network2"
    instance["networks"] = [{"name": "network2", "apiServer": "gateway"}]
    registered = run(instance, folder, OF_KUBECONFIG)
    text = script(registered)
    assert "API_SERVER=https://kubernetes.default.svc:15012\n" in text
    assert f"API_SERVER_RESOLVE=kubernetes.default.svc:15012:{GATEWAY_ADDRESS}\n" in text
    gateway = the(registered, GATEWAY, "meshx-api-server").inputs["spec"]
    assert gateway["selector"] == {"istio": "eastwestgateway"}
    (server,) = gateway["servers"]
    assert (server["port"]["number"], server["tls"], server["hosts"]) == (
        15012,
        {"mode": "PASSTHROUGH"},
        ["kubernetes.default.svc"],
    )
    (route,) = the(registered, VIRTUAL_SERVICE, "meshx-api-server").inputs["spec"]["tls"]
    assert route["match"] == [{"port": 15012, "sniHosts": ["kubernetes.default.svc"]}]
    assert route["route"] == [
        {"destination": {"host": "kubernetes.default.svc.cluster.local", "port": {"number": 443}}}
    ]
    assert f"{GATEWAY} meshx-api-server" in names_before(registered, the(registered, INSTANCE))
    rules = {one.name: one.inputs for one in of_type(registered, FIREWALL)}
    assert "meshx-dev-network2-to-pods" not in rules
    assert rules["meshx-dev-network2-to-gateway"]["allows"] == [{"protocol": "tcp", "ports": ["15012", "15443"]}]


def test_nothing_is_passed_on_to_the_api_server_where_no_network_needs_it(
    instance: dict[str, Any], folder: Path
) -> None:
    assert [one.name for one in of_type(run(instance, folder, OF_KUBECONFIG), GATEWAY)] == ["istiod-gateway"]


def test_what_instances_cannot_do_without_is_refused_before_anything_is_made(
    instance: dict[str, Any], folder: Path
) -> None:
    here = {**INSTALLED, "meshx:index:apiServer": {"server": "https://127.0.0.1:6443", "certificateAuthority": ""}}
    with pytest.raises(ConfigurationError, match=r"meshx:cluster\.endpoint"):
        run(instance, folder, here)
    del instance["cluster"]["podsCidr"]
    with pytest.raises(ConfigurationError, match=r"meshx:cluster\.podsCidr"):
        run(instance, folder, OF_KUBECONFIG)


def test_the_way_of_an_adopted_clusters_network_is_looked_for_once_its_name_is_known(
    instance: dict[str, Any], folder: Path
) -> None:
    instance["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    objects = {**ADOPTED, "meshx:index:apiServer": OF_KUBECONFIG["meshx:index:apiServer"]}
    instance["networks"] = []
    with pytest.raises(ConfigurationError, match=r"machines on vpc fetch their identity themselves"):
        run(instance, folder, objects)


def test_an_instance_that_is_there_is_taken_over_as_it_is(instance: dict[str, Any], folder: Path) -> None:
    instance["workloads"][0]["machines"][0]["gce"] = {"adopt": True}
    registered = run(instance, folder, OF_KUBECONFIG)
    adopted = the(registered, INSTANCE)
    assert adopted.import_id == "projects/my-project/zones/europe-west1-b/instances/vm-1"
    assert {"metadata", "bootDisk", "serviceAccount", "tags"} <= adopted.ignored
    assert not of_type(registered, INSTANCE_JOIN)
    assert not of_type(registered, ADDRESS)


def test_what_an_instance_has_beside_all_that_is_written_is_its_own(instance: dict[str, Any], folder: Path) -> None:
    made = the(run(instance, folder, OF_KUBECONFIG), INSTANCE)
    assert {"description", "attachedDisks", "scheduling"} <= made.ignored
    assert not made.ignored & set(made.inputs)


def test_a_group_is_kept_up_and_rolled_over_by_google(grouped: dict[str, Any], folder: Path) -> None:
    registered = run(grouped, folder, OF_KUBECONFIG)
    manager = the(registered, MANAGER, "vm/vmhttp/group").inputs
    assert (manager["targetSize"], manager["region"]) == (3, "europe-west1")
    assert manager["versions"] == [{"instanceTemplate": "https://compute/template"}]
    policy = manager["updatePolicy"]
    assert (policy["type"], policy["maxSurgeFixed"], policy["maxUnavailableFixed"]) == ("PROACTIVE", 3, 0)
    check = the(registered, HEALTH_CHECK).inputs["httpHealthCheck"]
    assert (check["port"], check["requestPath"]) == (15021, "/healthz/ready")
    assert manager["autoHealingPolicies"]["healthCheck"] == "vm/vmhttp/group-id"
    checkers = [one.inputs for one in of_type(registered, FIREWALL) if "health" in one.inputs["name"]]
    assert [one["sourceRanges"] for one in checkers] == [["35.191.0.0/16", "130.211.0.0/22"]]
    assert checkers[0]["allows"] == [{"protocol": "tcp", "ports": ["15021"]}]


def test_instances_of_a_group_register_by_themselves(grouped: dict[str, Any], folder: Path) -> None:
    registered = run(grouped, folder, OF_KUBECONFIG)
    assert not of_type(registered, WORKLOAD_ENTRY)
    template = the(registered, TEMPLATE)
    assert f"{WORKLOAD_GROUP} vm/vmhttp" in names_before(registered, template)
    text = template.inputs["metadata"]["startup-script"]
    assert "ISTIO_META_AUTO_REGISTER_GROUP='vmhttp'" in text
    assert "ISTIO_META_WORKLOAD_ENTRY" not in text
    # Host name and address are each instance's own, and found by the sidecar.
    assert "POD_NAME=" not in text
    assert "ISTIO_SVC_IP=" not in text.replace("ISTIO_SVC_IP=$", "")


def test_a_group_is_waited_for_once_google_has_made_it(grouped: dict[str, Any], folder: Path) -> None:
    registered = run(grouped, folder, OF_KUBECONFIG)
    join = the(registered, "meshx:index:GroupJoin")
    assert f"{MANAGER} vm/vmhttp/group" in names_before(registered, join)
    assert (join.inputs["group"], join.inputs["size"]) == ("vmhttp", 3)
    assert join.inputs["template"] == "https://compute/template"


def test_a_group_that_only_calls_registers_as_well(grouped: dict[str, Any], folder: Path) -> None:
    del grouped["workloads"][0]["ports"]
    assert the(run(grouped, folder, OF_KUBECONFIG), WORKLOAD_GROUP).inputs["spec"]["template"]["serviceAccount"]


def test_a_group_that_is_scaled_has_limits_in_place_of_a_size(grouped: dict[str, Any], folder: Path) -> None:
    grouped["workloads"][0]["group"] = {"autoscaling": {"minSize": 2, "maxSize": 5, "cpuPercent": 50}}
    registered = run(grouped, folder, OF_KUBECONFIG)
    assert "targetSize" not in the(registered, MANAGER).inputs
    policy = the(registered, AUTOSCALER).inputs["autoscalingPolicy"]
    assert (policy["minReplicas"], policy["maxReplicas"], policy["cpuUtilization"]["target"]) == (2, 5, 0.5)


def test_nothing_of_google_is_loaded_by_a_stack_without_instances() -> None:
    asked = "import sys, meshx.mesh, meshx.stack.providers; print('pulumi_gcp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nothing_secret_stands_in_the_state(instance: dict[str, Any], folder: Path) -> None:
    state = json.dumps([one.inputs for one in run(instance, folder, OF_KUBECONFIG)])
    assert "PRIVATE KEY" not in state
    assert "eyJ" not in state
