"""The seeds' table of resources, by version, against what was written down by hand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_objects import expected_objects, unexpected_objects
from meshx.istio.versions import minor_version

EXPECTED = Path(__file__).parent / "expected"
VERSIONS = ("1.1.17", "1.2.10", "1.3.8", "1.4.10")
CITADEL = {
    "DestinationRule istio-citadel": {
        "spec": {
            "host": "istio-citadel.istio-system.svc.cluster.local",
            "trafficPolicy": {"portLevelSettings": [{"port": {"number": 8060}, "tls": {"mode": "DISABLE"}}]},
        }
    }
}
PILOT = {
    "DestinationRule istio-pilot": {
        "spec": {
            "host": "istio-pilot.istio-system.svc.cluster.local",
            "trafficPolicy": {"portLevelSettings": [{"port": {"number": 15011}, "tls": {"mode": "DISABLE"}}]},
        }
    }
}
SINGLE = (
    "Gateway meshexpansion-gateway",
    "VirtualService meshexpansion-vs-pilot",
    "VirtualService meshexpansion-vs-citadel",
)
GATEWAYS_ONLY = {
    "ConfigMap coredns",
    "Service istiocoredns",
    "Gateway istio-multicluster-egressgateway",
    "Gateway istio-multicluster-ingressgateway",
    "EnvoyFilter istio-multicluster-ingressgateway",
    "DestinationRule istio-multicluster-destinationrule",
}


def reviewed(version: str) -> dict[str, Any]:
    """The twelve objects of a version with gateways, as the files beside this one have them."""
    objects = yaml.safe_load((EXPECTED / "gateways-until-1.3.yaml").read_text())
    if version.startswith("1.4"):
        objects |= yaml.safe_load((EXPECTED / "gateways-1.4.yaml").read_text())
    return objects


def row(version: str):
    return classic_version(minor_version(version))


@pytest.mark.parametrize("version", VERSIONS)
def test_with_gateways_the_twelve_objects_have_the_reviewed_content_and_citadels_rule_is_added(version):
    found = {one.title: one.content for one in expected_objects(row(version), "istio-system", True)}
    assert len(reviewed(version)) == 12
    assert found == reviewed(version) | CITADEL


@pytest.mark.parametrize("version", VERSIONS)
def test_on_a_single_network_pilot_and_citadel_are_exposed_and_the_rest_is_not_there(version):
    found = {one.title: one.content for one in expected_objects(row(version), "istio-system", False)}
    assert found == {title: reviewed(version)[title] for title in SINGLE} | CITADEL | PILOT
    assert {one.title for one in unexpected_objects(row(version), "istio-system", False)} == GATEWAYS_ONLY


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_unexpected_where_machines_are_on_other_networks(version):
    assert unexpected_objects(row(version), "istio-system", True) == ()


def test_every_object_has_the_version_of_its_api():
    for one in expected_objects(row("1.4.10"), "istio-system", True):
        assert one.api_version == ("v1" if one.kind in ("ConfigMap", "Service") else "networking.istio.io/v1alpha3")


@pytest.mark.parametrize(
    ("across", "made"),
    [
        (True, ["DestinationRule istio-citadel"]),
        (False, ["DestinationRule istio-citadel", "DestinationRule istio-pilot"]),
    ],
)
def test_only_the_rules_that_keep_the_gateway_from_wrapping_tls_in_tls_are_meshxs_to_make(across, made):
    found = [one.title for one in expected_objects(row("1.3.8"), "istio-system", across) if not one.of_chart]
    assert found == made


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("across", [True, False])
def test_both_ports_of_the_control_plane_are_kept_from_the_meshs_mutual_tls_on_every_network(version, across):
    objects = expected_objects(row(version), "istio-system", across)
    rules = [one.content["spec"] for one in objects if one.kind == "DestinationRule"]
    kept = {
        (rule["host"].partition(".")[0], setting["port"]["number"])
        for rule in rules
        for setting in rule.get("trafficPolicy", {}).get("portLevelSettings", [])
        if setting["tls"]["mode"] == "DISABLE"
    }
    assert {("istio-pilot", 15011), ("istio-citadel", 8060)} <= kept


def test_the_misspelt_name_of_the_seed_is_nowhere():
    names = {one.name for one in expected_objects(row("1.1.17"), "istio-system", True)}
    assert "stio-multicluster-destinationrule" not in names


def test_another_namespace_is_part_of_every_host_and_other_labels_of_every_selector():
    objects = {one.title: one.content for one in expected_objects(row("1.2.10"), "mesh", True, {"istio": "edge"})}
    assert "istio-system" not in str(objects)
    assert objects["VirtualService meshexpansion-vs-pilot"]["spec"]["hosts"] == ["istio-pilot.mesh.svc.cluster.local"]
    assert objects["Gateway meshexpansion-gateway"]["spec"]["selector"] == {"istio": "edge"}
    assert objects["EnvoyFilter istio-multicluster-ingressgateway"]["spec"]["workloadLabels"] == {"istio": "edge"}
