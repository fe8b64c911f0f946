"""Inputs are held against the argument types of the installed SDK, and places against the cloud's catalogue."""

from typing import Any

from meshx.plugin_base.property_values import UNKNOWN
from tests.conformance.engine import Engine, State

INSTANCE = "gcp:compute/instance:Instance"
FIREWALL = "gcp:compute/firewall:Firewall"


def instance(**more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
        "networkInterfaces": [{"subnetwork": "default"}],
        **more,
    }


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in instance().items() if name != key}


def test_what_is_not_known_yet_and_what_is_text_for_a_number_fits(engine: Engine) -> None:
    """The bridge takes the text of a number or truth value for it."""
    inputs = instance(
        deletionProtection="false",
        bootDisk={"initializeParams": {"image": "debian-12", "size": "10"}},
        networkInterfaces=[{"networkIp": UNKNOWN, "subnetwork": "default"}],
        metadata=UNKNOWN,
    )
    assert engine.check(INSTANCE, inputs) == {**inputs, "__defaults": []}


TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
TEMPLATES = {"machineType": "e2-small", "disks": [{"sourceImage": "debian-12", "boot": True}]}


def test_a_long_prefix_still_gives_a_name_of_63_characters(engine: Engine) -> None:
    """resource_compute_region_instance_template.go: a prefix beyond 37 characters gets the shorter end."""
    inputs = {**TEMPLATES, "namePrefix": "a" * 54, "networkInterfaces": [{"subnetwork": "default"}]}
    made = engine.create(TEMPLATE, inputs)
    engine.delete(TEMPLATE, made)
    assert len(made.outputs["name"]) == 63


def test_a_name_that_is_left_to_the_plugin_is_kept(engine: Engine) -> None:
    """Autonaming: the logical name and seven hex digits, the same in preview and update, kept afterwards."""
    first = engine.check(INSTANCE, without("name"), name="web")
    assert first["name"].startswith("web-") and len(first["name"]) == len("web-") + 7
    assert engine.check(INSTANCE, without("name"), name="web") == first
    assert engine.check(INSTANCE, without("name"), olds=first, name="renamed")["name"] == first["name"]


def test_a_preview_leaves_open_what_the_cloud_will_say(engine: Engine) -> None:
    """Computed outputs are unknown, the provider's places are not."""
    shown = engine.preview_create(INSTANCE, instance())
    assert shown["instanceId"] is UNKNOWN and shown["selfLink"] is UNKNOWN
    assert (shown["project"], shown["zone"]) == ("meshx-sandbox", "europe-west1-b")


def test_references_and_sets_are_compared_by_what_they_mean(engine: Engine) -> None:
    """compareSelfLinkRelativePaths; diskImageDiffSuppress; tags are a set; what is computed may be left out."""
    link = "https://www.googleapis.com/compute/v1/projects/meshx-sandbox/regions/europe-west1/subnetworks/default"
    full = instance(
        zone="europe-west1-b",
        tags=["a", "b"],
        networkInterfaces=[{"subnetwork": link, "networkIp": "10.77.0.5", "name": "nic0"}],
        bootDisk={"initializeParams": {"image": "projects/debian-cloud/global/images/family/debian-12", "size": 10}},
    )
    state = State("x", {**full, "__defaults": []}, full)
    assert not engine.diff(INSTANCE, state, instance(tags=["b", "a"])).changes
    moved = instance(tags=["a", "b"], networkInterfaces=[{"subnetwork": "far"}])
    assert engine.diff(INSTANCE, state, moved).replaces == ["networkInterfaces[0].subnetwork"]


def test_what_changes_an_instance_in_place_and_what_replaces_it(engine: Engine) -> None:
    """resource_compute_instance.go."""
    state = State("x", {**instance(), "__defaults": []}, instance())
    for more in ({"metadata": {"a": "b"}}, {"labels": {"a": "b"}}, {"tags": ["a"]}, {"machineType": "e2-medium"}):
        change = engine.diff(INSTANCE, state, instance(**more))
        assert change.changes and not change.replaces
    for more in ({"zone": "europe-west1-c"}, {"description": "x"}, {"name": "other"}):
        change = engine.diff(INSTANCE, state, instance(**more))
        assert change.replaces == list(more) and change.delete_before_replace


def test_a_firewall_for_what_leaves_needs_no_sources(engine: Engine) -> None:
    """resource_compute_firewall.go: the sources' CustomizeDiff."""
    out = {"direction": "EGRESS", "destinationRanges": ["10.77.0.200/32"], "name": "out"}
    wanted = {"network": "default", "allows": [{"protocol": "tcp", "ports": ["8080"]}], **out}
    assert engine.check(FIREWALL, wanted) == {**wanted, "__defaults": []}


def test_a_firewall_changes_in_place_but_for_its_name_and_network(engine: Engine) -> None:
    """The same file: ForceNew."""
    inputs = {
        "name": "web",
        "network": "default",
        "allows": [{"protocol": "tcp", "ports": ["8080"]}],
        "sourceRanges": ["10.77.0.0/24"],
    }
    made = engine.create(FIREWALL, inputs)
    assert made.id == "projects/meshx-sandbox/global/firewalls/web"
    wider = {**inputs, "sourceRanges": ["10.0.0.0/8"]}
    assert not engine.diff(FIREWALL, made, wider).replaces
    changed = engine.update(FIREWALL, made, wider)
    found = engine.read(FIREWALL, made.id, changed)
    assert found is not None and found.inputs["sourceRanges"] == ["10.0.0.0/8"]
    assert engine.diff(FIREWALL, changed, {**wider, "network": "far"}).replaces == ["network"]
    engine.delete(FIREWALL, changed)
    assert engine.read(FIREWALL, made.id, changed) is None
