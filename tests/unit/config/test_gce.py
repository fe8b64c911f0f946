"""Instances of Google Compute Engine: what makes one, its defaults, and every mistake told by its path."""

from typing import Any

import pytest

URL = {"url": "https://x.example/istio-sidecar.deb", "sha256": "ab" * 32}


@pytest.fixture
def instance(values) -> dict[str, Any]:
    """A configuration whose second machine is an instance."""
    workload = values["workloads"][0]
    workload["machines"][1] = {"name": "vm-2", "address": "10.77.0.12", "gce": {"zone": "europe-west1-c"}}
    return {
        **values,
        "sidecar": URL,
        "gce": {"project": "my-project", "zone": "europe-west1-b", "tags": ["ssh"], "labels": {"team": "shop"}},
        "networks": [{"name": "network1", "apiServer": "endpoint"}],
    }


@pytest.fixture
def classic(instance, project) -> dict[str, Any]:
    """A configuration for 1.4.10 whose second machine is an instance."""
    for chart in ("istio-init", "istio"):
        (project / "helm" / chart).mkdir(parents=True, exist_ok=True)
        (project / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    return {**instance, "mesh": {"istioVersion": "1.4.10", "network": "network1", "chart": {"path": "helm"}}}


@pytest.fixture
def grouped(instance) -> dict[str, Any]:
    """A configuration with a group in place of the machines."""
    workload = instance["workloads"][0]
    del workload["machines"]
    workload["group"] = {"size": 3}
    return instance


def test_an_instance_has_its_own_keys_and_the_stacks_for_the_rest(loaded, instance):
    ssh, made = loaded(instance).machines
    assert ssh.gce is None
    assert (made.gce.zone, made.gce.region, made.gce.adopt) == ("europe-west1-c", "europe-west1", False)
    shape = made.gce.shape
    assert (shape.project, shape.machine_type, shape.image) == ("my-project", "e2-small", "debian-cloud/debian-12")
    assert (shape.tags, shape.labels, shape.startup) == (("ssh",), {"team": "shop"}, "")


def test_an_instance_may_leave_everything_to_the_stack(loaded, instance):
    instance["workloads"][0]["machines"][1]["gce"] = {}
    assert loaded(instance).machines[1].gce.zone == "europe-west1-b"


def test_an_instance_needs_no_key_to_log_in_with(loaded, instance):
    del instance["workloads"][0]["machines"][0]
    del instance["ssh"]
    assert loaded(instance).machines[0].name == "vm-2"


def test_deletion_protection_is_the_stacks_unless_a_machine_says_otherwise(loaded, instance):
    instance["gce"]["deletionProtection"] = True
    assert loaded(instance).machines[1].gce.deletion_protection is True
    instance["workloads"][0]["machines"][1]["gce"]["deletionProtection"] = False
    assert loaded(instance).machines[1].gce.deletion_protection is False


def test_a_script_of_the_users_goes_along(loaded, instance, project):
    (project / "start.sh").write_text("systemctl start shop\n")
    instance["workloads"][0]["machines"][1]["gce"]["startup"] = "start.sh"
    assert loaded(instance).machines[1].gce.shape.startup == "systemctl start shop\n"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("zone", "europe-west1", "is not a zone -> a region and a letter, such as europe-west1-b"),
        ("zone", "Europe-West1-b", "is not a zone"),
        ("machineType", "small", "is not a machine type"),
        ("image", "Debian 12", "is not an image -> a project and an image or family"),
        ("image", "suse-cloud/sles-15", "is of a system that Istio has no package for"),
        ("subnetwork", "10.0.0.0/24", "is not a subnetwork"),
        ("vpc", "My Network", "is not a VPC network"),
        ("diskGb", 1, "expected a whole number from 10 to 65536"),
        ("startup", "nowhere.sh", "there is no file 'nowhere.sh'"),
        ("tags", ["SSH"], "is not a network tag"),
    ],
)
def test_what_no_instance_can_have_is_told_by_its_path(refused, instance, key, value, said):
    instance["workloads"][0]["machines"][1]["gce"][key] = value
    path = f"meshx:workloads[0].machines[1].gce.{key}" + ("[0]" if key == "tags" else "")
    assert said in refused(instance)[path]


@pytest.mark.parametrize(
    "image",
    [
        "debian-cloud/debian-12",
        "ubuntu-os-cloud/ubuntu-2404-lts-amd64",
        "my-image",
        "projects/my-project/global/images/family/base",
        "https://www.googleapis.com/compute/v1/projects/my-project/global/images/base-7",
    ],
)
def test_images_are_named_in_all_ways_that_google_has(loaded, instance, image):
    instance["gce"]["image"] = image
    assert loaded(instance).machines[1].gce.shape.image == image


def test_a_machine_is_reached_by_ssh_or_made_and_never_both(refused, instance):
    instance["workloads"][0]["machines"][1]["ssh"] = {"host": "10.77.0.12"}
    assert "one of the two" in refused(instance)["meshx:workloads[0].machines[1].ssh"]


@pytest.mark.parametrize(("key", "path"), [("project", "meshx:gce.project"), ("zone", "")])
def test_an_instance_without_a_place_is_refused(refused, instance, key, path):
    del instance["gce"][key]
    del instance["workloads"][0]["machines"][1]["gce"]["zone"]
    said = refused({**instance, "gce": instance["gce"] or {}})
    assert "missing: " in said[path or "meshx:workloads[0].machines[1].gce.zone"]


RPM = {"url": "https://x.example/istio-sidecar.rpm", "sha256": "cd" * 32}


@pytest.mark.parametrize(
    ("image", "sidecar"),
    [
        ("rhel-cloud/rhel-9", RPM),
        ("rhel-cloud/rhel-9", {"rpm": {"amd64": RPM}}),
        ("rhel-cloud/rhel-9", {"deb": {"amd64": URL}, "rpm": {"amd64": RPM}}),
        ("my-image", RPM),
    ],
)
def test_an_image_of_red_hats_family_takes_an_rpm(loaded, instance, image, sidecar):
    instance["sidecar"] = sidecar
    instance["workloads"][0]["machines"][1]["gce"]["image"] = image
    assert loaded(instance).machines[1].gce.shape.image == image


@pytest.mark.parametrize(
    ("image", "sidecar", "told"),
    [
        ("rhel-cloud/rhel-9", URL, "rhel-cloud/rhel-9 takes a .rpm, and meshx:sidecar names a .deb"),
        ("rocky-linux-cloud/rocky-linux-9", {"deb": {"amd64": URL}}, "takes a .rpm, and meshx:sidecar names a .deb"),
        ("debian-cloud/debian-12", RPM, "debian-cloud/debian-12 takes a .deb, and meshx:sidecar names a .rpm"),
        (None, RPM, "debian-cloud/debian-12 takes a .deb, and meshx:sidecar names a .rpm"),
    ],
)
def test_an_image_whose_system_takes_none_of_the_packages_is_refused(refused, instance, image, sidecar, told):
    instance["sidecar"] = sidecar
    if image:
        instance["workloads"][0]["machines"][1]["gce"]["image"] = image
    (said,) = (words for path, words in refused(instance).items() if path.endswith(".image"))
    assert told in said
    assert "as meshx:sidecar." in said


def test_of_packages_for_each_kind_an_instance_needs_all_by_url(refused, instance):
    instance["sidecar"] = {"deb": {"amd64": URL, "arm64": {"file": "istio-sidecar.deb"}}}
    assert "fetches the package itself" in refused(instance)["meshx:sidecar.deb.arm64.file"]


def test_an_instance_has_no_file_of_this_computer(refused, instance):
    instance["sidecar"] = {"file": "istio-sidecar.deb"}
    assert "fetches the package itself" in refused(instance)["meshx:sidecar.file"]


def test_commands_need_ssh(refused, instance, monkeypatch):
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent.sock")
    instance["workloads"][0]["commands"] = {"up": "true"}
    assert "commands run over SSH" in refused(instance)["meshx:workloads[0].commands"]


@pytest.mark.parametrize(
    ("networks", "path"),
    [([], "meshx:networks"), ([{"name": "network1"}], "meshx:networks[0].apiServer")],
)
def test_an_instance_without_a_way_to_the_api_server_is_refused(refused, instance, networks, path):
    instance["networks"] = networks
    assert "apiServer: endpoint, or apiServer: gateway" in refused(instance)[path]


def test_a_way_is_said_of_a_network_that_has_a_name(refused, instance):
    del instance["mesh"]["network"]
    instance["networks"] = []
    assert "how they reach it stands under their network's name" in refused(instance)["meshx:mesh.network"]


def test_the_way_of_each_network_is_its_own(loaded, instance):
    instance["workloads"][0]["machines"][1]["network"] = "network2"
    instance["networks"] = [{"name": "network2", "apiServer": "gateway"}]
    configuration = loaded(instance)
    assert configuration.way_to_api_server("network2") == "gateway"
    assert configuration.way_to_api_server("network1") == ""


def test_the_clusters_own_network_is_described_by_its_way_alone(refused, instance):
    instance["networks"][0]["reachable"] = False
    assert "is the cluster's own network" in refused(instance)["meshx:networks[0].reachable"]


def test_an_instance_is_called_as_google_lets_it(refused, instance):
    instance["workloads"][0]["machines"][1]["name"] = "2-vm"
    assert "begins with a letter" in refused(instance)["meshx:workloads[0].machines[1].name"]


def test_a_group_keeps_its_size_in_its_region(loaded, grouped):
    configuration = loaded(grouped)
    (group,) = configuration.groups
    assert configuration.machines == ()
    assert configuration.has_instances
    assert (group.size, group.region, group.network, group.logical_name) == (
        3,
        "europe-west1",
        "network1",
        "vm/vmhttp/group",
    )


@pytest.mark.parametrize(
    ("group", "path", "said"),
    [
        ({"size": 0}, "size", "expected a whole number from 1 to 2000, found the number 0"),
        ({}, "size", "missing: how many instances"),
        ({"size": 2, "autoscaling": {"minSize": 1, "maxSize": 3}}, "size", "one of the two"),
        ({"autoscaling": {"minSize": 3, "maxSize": 1}}, "autoscaling.maxSize", "1 is less than minSize, which is 3"),
        ({"size": 2, "gce": {"zones": ["us-east1-b"]}}, "gce.zones[0]", "us-east1-b is no zone of europe-west1"),
        ({"size": 2, "gce": {"region": "europe-west1-b"}}, "gce.region", "such as europe-west1"),
        ({"size": 2, "gce": {"adopt": True}}, "gce.adopt", "unknown key"),
    ],
)
def test_a_group_that_cannot_be_is_told_by_its_path(refused, grouped, group, path, said):
    grouped["workloads"][0]["group"] = group
    assert said in refused(grouped)[f"meshx:workloads[0].group.{path}"]


def test_a_group_stands_in_place_of_machines(refused, grouped):
    grouped["workloads"][0]["machines"] = [{"name": "vm-3", "address": "10.77.0.13", "gce": {}}]
    assert "has machines by name already" in refused(grouped)["meshx:workloads[0].group"]


def test_a_group_needs_a_package_and_a_region(refused, grouped):
    del grouped["sidecar"]
    del grouped["gce"]["zone"]
    said = refused(grouped)
    assert "missing: every machine gets Istio's proxy" in said["meshx:sidecar"]
    assert "missing: every group is in a region" in said["meshx:workloads[0].group.gce.region"]


def test_the_classic_line_has_instances_by_name(loaded, classic):
    assert loaded(classic).machines[1].gce.zone == "europe-west1-c"


def test_a_group_is_refused_on_the_classic_line_with_the_reason(refused, classic):
    workload = classic["workloads"][0]
    del workload["machines"]
    workload["group"] = {"size": 3}
    said = refused(classic)["meshx:workloads[0].group"]
    assert "Istio 1.4.10 does not register them by itself" in said
    assert "machines: [{name: ..., address: ..., gce: {}}] for each, or Istio 1.20 or later" in said


def test_the_classic_lines_gateway_passes_nothing_on_to_the_api_server(refused, classic):
    classic["networks"] = [{"name": "network1", "apiServer": "gateway"}]
    said = refused(classic)
    assert list(said) == ["meshx:networks[0].apiServer"]
    assert "passes nothing on to the cluster's API server" in said["meshx:networks[0].apiServer"]
    classic["networks"] = []
    assert "with apiServer: endpoint" in refused(classic)["meshx:networks"]
    assert "gateway" not in refused(classic)["meshx:networks"]


def test_a_network_without_instances_may_say_any_way_on_the_classic_line(loaded, classic):
    classic["workloads"][0]["machines"][0]["network"] = "network2"
    classic["networks"].append({"name": "network2", "apiServer": "gateway"})
    assert loaded(classic).machines[1].gce
