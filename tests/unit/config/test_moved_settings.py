"""Settings that name a place which Istio's artefacts leave: each is found, and named with its new address."""

import json

import pytest

from meshx.config.moved_settings import moved_in_cluster, moved_settings
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.artefacts import moved_addresses

NEW = "https://blob.istio.io/istio-release"
OLD = "https://storage.googleapis.com/istio-release"
DEB = "/releases/1.30.4/deb/istio-sidecar.deb"
PACKAGE = {"url": OLD + DEB, "sha256": "0" * 64}


def said(configuration):
    return {moved.setting: moved.remedy for moved in moved_settings(configuration)}


@pytest.mark.parametrize(
    "place",
    [
        "https://storage.googleapis.com/istio-release",
        "http://storage.googleapis.com/istio-release",
        "https://storage.googleapis.com:443/istio-release",
        "storage.googleapis.com/istio-release",
        "https://istio-release.storage.googleapis.com",
        "https://Istio-Release.storage.googleapis.com",
        "https://commondatastorage.googleapis.com/istio-release",
        "https://istio-release.commondatastorage.googleapis.com",
        "https://storage.cloud.google.com/istio-release",
        "https://gcsweb.istio.io/gcs/istio-release",
        "gs://istio-release",
    ],
)
def test_every_name_of_googles_bucket_leads_to_the_same_path_at_istios_own_host(place):
    (found,) = moved_addresses(place + DEB)
    assert (found.old, found.new, found.version) == (place + DEB, NEW + DEB, (1, 30))
    assert [address.new for address in moved_addresses(place)] == [NEW]
    assert [address.new for address in moved_addresses(f"{place}/charts/")] == [f"{NEW}/charts/"]


def test_the_api_of_googles_bucket_is_known_too():
    path = "/o/releases%2F1.4.10%2Fdeb%2Fistio-sidecar.deb?alt=media"
    for host in ("https://storage.googleapis.com/download", "https://www.googleapis.com"):
        (found,) = moved_addresses(f"{host}/storage/v1/b/istio-release{path}")
        assert (found.new, found.version) == (f"{NEW}/releases/1.4.10/deb/istio-sidecar.deb", (1, 4))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gcr.io/istio-release", "docker.io/istio"),
        ("registry.istio.io/release", "docker.io/istio"),
        ("gcr.io/istio-release/pilot:1.30.4-distroless", "docker.io/istio/pilot:1.30.4-distroless"),
        ("oci://gcr.io/istio-release/charts/base", "oci://ghcr.io/istio/release/charts/base"),
    ],
)
def test_images_and_charts_of_googles_registry_lead_to_the_new_registries(old, new):
    assert [(found.old, found.new) for found in moved_addresses(old)] == [(old, new)]


@pytest.mark.parametrize(
    "text",
    [
        f"{NEW}/charts",
        f"{NEW}{DEB}",
        "docker.io/istio",
        "https://mirror.example.com/storage.googleapis.com/istio-release/charts",
        "https://mirror.example.com/https://storage.googleapis.com/istio-release/charts",
        "https://artifacts.example.com/gcr.io/istio-release",
        "eu.gcr.io/istio-release",
        "my-gcr.io/istio-release",
        "https://storage.googleapis.com/istio-release-mirror/charts",
        "https://storage.googleapis.com/our-bucket/istio-release/charts",
        "https://istio-release.storage.googleapis.com.example.com/charts",
        "https://charts.example.com/istio-release",
    ],
)
def test_mirrors_and_the_new_places_are_left_alone(text):
    assert list(moved_addresses(text)) == []


def test_several_addresses_are_found_in_a_script_without_what_stands_around_them():
    script = f"""\
# charts: see {OLD}/charts.
curl -fL "{OLD}/releases/${{VERSION}}/deb/istio-sidecar.deb" -o /tmp/a.deb&& dpkg -i /tmp/a.deb
HUB=${{HUB:-gcr.io/istio-release}}; helm repo add istio $(echo {OLD}/charts)
"""
    assert [found.new for found in moved_addresses(script)] == [
        f"{NEW}/charts",
        f"{NEW}/releases/${{VERSION}}/deb/istio-sidecar.deb",
        "docker.io/istio",
        f"{NEW}/charts",
    ]


def test_a_stack_that_names_no_old_place_is_told_nothing(loaded, values):
    assert moved_settings(loaded(values)) == []
    values["mesh"]["chart"] = {}
    assert moved_settings(loaded(values)) == []


def test_each_setting_of_a_stack_that_names_an_old_place_is_named_once(loaded, values):
    values["mesh"] |= {
        "istioVersion": "1.30.4",
        "chart": {"repository": "https://istio-release.storage.googleapis.com/charts"},
        "values": {"istiod": {"global": {"hub": "gcr.io/istio-release"}}},
    }
    values["sidecar"] = PACKAGE
    values["ssh"]["keyInState"] = True
    workload = values["workloads"][0]
    workload["commands"] = {"up": f"curl -fO {OLD}/releases/1.30.4/istioctl && curl -fO {OLD}/releases/1.30.4/x"}
    workload["machines"][1]["sidecar"] = {**PACKAGE, "url": f"{OLD}/releases/1.30.4/deb/istio-sidecar-arm64.deb"}
    workload["machines"][1]["commands"] = {"up": "true", "down": f"curl {OLD}/releases"}
    assert said(loaded(values)) == {
        "meshx:mesh.chart.repository": f"write {NEW}/charts",
        "meshx:mesh.values.istiod.global.hub": "write docker.io/istio",
        "meshx:sidecar.url": f"write {NEW}{DEB}",
        "meshx:workloads[0].commands.up": f"write {NEW}/releases/1.30.4/istioctl, {NEW}/releases/1.30.4/x",
        "meshx:workloads[0].machines[1].sidecar.url": f"write {NEW}/releases/1.30.4/deb/istio-sidecar-arm64.deb",
        "meshx:workloads[0].machines[1].commands.down": f"write {NEW}/releases",
    }


def test_scripts_of_instances_are_read_for_old_places(loaded, values, project):
    (project / "start.sh").write_text(f"curl -fO {OLD}{DEB}\n")
    values["gce"] = {"project": "my-project", "zone": "europe-west1-b"}
    values["networks"] = [{"name": "network1", "apiServer": "endpoint"}]
    values["sidecar"] = {**PACKAGE, "url": NEW + DEB}
    workload = values["workloads"][0]
    workload["machines"] = [{"name": "vm-1", "address": "10.77.0.11", "gce": {"startup": "start.sh"}}]
    group = {"name": "orders", "namespace": "vm", "group": {"size": 2, "gce": {"startup": "start.sh"}}}
    values["workloads"].append({**group, "ports": [{"name": "http", "port": 80}]})
    assert said(loaded(values)) == {
        "meshx:workloads[0].machines[0].gce.startup (start.sh)": f"write {NEW}{DEB}",
        "meshx:workloads[1].group.gce.startup (start.sh)": f"write {NEW}{DEB}",
    }


@pytest.mark.parametrize(
    ("mesh", "never_there"),
    [
        ({"istioVersion": "1.30.4"}, False),
        ({"istioVersion": "1.31"}, True),
        ({"istioVersion": "1.31", "chart": {"version": "1.30.4"}}, False),
        ({"istioVersion": "1.30.4", "chart": {"version": "1.31.0"}}, True),
        ({"istioVersion": "1.30.4", "chart": {"version": "~1.30"}}, False),
    ],
)
def test_charts_of_1_31_were_never_at_the_old_place_and_the_warning_says_so(loaded, values, mesh, never_there):
    values["mesh"] |= {"chart": {}, **mesh}
    values["mesh"]["chart"] = {**values["mesh"]["chart"], "repository": f"{OLD}/charts"}
    (moved,) = moved_settings(loaded(values))
    assert moved.never_there is never_there
    assert ("never published 1.31" in str(moved)) is never_there


@pytest.mark.parametrize(("version", "never_there"), [("1.30.4", False), ("1.31.0", True), ("${VERSION}", False)])
def test_a_package_has_the_version_that_its_own_address_names(loaded, values, version, never_there):
    values["sidecar"] = {**PACKAGE, "url": f"{OLD}/releases/{version}/deb/istio-sidecar.deb"}
    (moved,) = moved_settings(loaded(values))
    assert moved.never_there is never_there


def test_a_warning_names_the_setting_the_cause_and_the_new_address(loaded, values):
    values["sidecar"] = PACKAGE
    (moved,) = moved_settings(loaded(values))
    assert str(moved) == (
        f"meshx:sidecar.url names {OLD}{DEB}: Istio takes its charts, packages and images away from there in "
        f"December 2026. Remedy: write {NEW}{DEB}"
    )


@pytest.mark.parametrize(
    ("version", "install", "written_in"),
    [
        ("1.30.4", False, "the values that the adopted control plane is installed with"),
        ("1.4.10", False, "the values that the adopted control plane is installed with"),
        ("1.30.4", True, "in meshx:mesh.values.istiod"),
        ("1.4.10", True, "in meshx:mesh.values.istio"),
    ],
)
def test_what_a_running_control_plane_names_is_found_in_its_own_settings(version, install, written_in):
    mesh = MeshConfiguration.model_validate({"istioVersion": version, "install": {"controlPlane": install}})
    settings = {
        "istio": {"mesh": "trustDomain: cluster.local\n"},
        "istio-sidecar-injector": {"values": json.dumps({"global": {"hub": "gcr.io/istio-release", "tag": "1.30.4"}})},
    }
    (moved,) = moved_in_cluster(mesh, settings)
    assert moved.setting == "values.global.hub of ConfigMap istio-system/istio-sidecar-injector"
    assert moved.remedy.startswith("write docker.io/istio in ")
    assert written_in in moved.remedy


def test_a_template_with_whole_images_is_looked_through_too():
    mesh = MeshConfiguration.model_validate({"istioVersion": "1.1.17", "install": {"controlPlane": False}})
    template = "initContainers:\n- image: [[ if x ]]gcr.io/istio-release/proxy_init:1.1.17[[ end ]]\n"
    (moved,) = moved_in_cluster(mesh, {"istio-sidecar-injector": {"config": template}})
    assert moved.setting == "config of ConfigMap istio-system/istio-sidecar-injector"
    assert "docker.io/istio/proxy_init:1.1.17" in moved.remedy
