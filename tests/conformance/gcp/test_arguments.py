"""Inputs are held against the argument types of the installed SDK, and places against the cloud's catalogue."""

from typing import Any

import pytest

from meshx.plugin_base.property_values import UNKNOWN
from tests.conformance.engine import Engine, FailedError, State

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


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (without("bootDisk"), 'bootDisk: Missing required argument. The argument "bootDisk" is required'),
        (instance(shape="round"), 'shape: Invalid or unknown key. An argument named "shape" is not expected here'),
        (
            instance(bootDisk={"initializeParams": {"picture": "debian-12"}}),
            r"bootDisk\.initializeParams\.picture: Invalid or unknown key.* Examine values at 'thing\.bootDisk",
        ),
        (instance(networkInterfaces={"subnetwork": "default"}), "networkInterfaces: Expected a list"),
        (instance(networkInterfaces=[{"networkIp": ["10.77.0.5"]}]), r"networkInterfaces\[0\]\.networkIp: Expected"),
        (instance(metadata="x"), "metadata: Expected a map"),
        (instance(deletionProtection="perhaps"), "deletionProtection: Expected a bool"),
        (instance(serviceAccount={"email": "x"}), r"serviceAccount\.scopes: Missing required argument"),
        (instance(name="Web"), 'name: "name" .* doesn\'t match regexp'),
    ],
)
def test_inputs_that_do_not_fit_are_failures_by_path(engine: Engine, inputs: dict[str, Any], said: str) -> None:
    """pulumi-terraform-bridge, pkg/tfbridge: Check validates against the schema."""
    with pytest.raises(FailedError, match=said):
        engine.check(INSTANCE, inputs)


def test_what_is_not_known_yet_and_what_is_text_for_a_number_fits(engine: Engine) -> None:
    """The bridge takes the text of a number or truth value for it."""
    inputs = instance(
        deletionProtection="false",
        bootDisk={"initializeParams": {"image": "debian-12", "size": "10"}},
        networkInterfaces=[{"networkIp": UNKNOWN, "subnetwork": "default"}],
        metadata=UNKNOWN,
    )
    assert engine.check(INSTANCE, inputs) == {**inputs, "__defaults": []}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (instance(attachedDisks=[{"source": "x"}]), "attachedDisks: .*does not do attachedDisks; use the official"),
        (
            instance(networkInterfaces=[{"subnetwork": "default", "accessConfigs": [{}]}]),
            r"networkInterfaces\[0\]\.accessConfigs: .*use the official",
        ),
    ],
)
def test_arguments_without_an_effect_here_are_refused_by_name(
    engine: Engine, inputs: dict[str, Any], said: str
) -> None:
    """Better than to do half of it."""
    with pytest.raises(FailedError, match=said):
        engine.check(INSTANCE, inputs)


def test_other_resources_are_refused_by_name(engine: Engine) -> None:
    """As are functions."""
    with pytest.raises(FailedError, match="does not do gcp:storage/bucket:Bucket; use the official plugin"):
        engine.check("gcp:storage/bucket:Bucket", {})


HEALTH_CHECK = "gcp:compute/healthCheck:HealthCheck"
GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
ADDRESS = "gcp:compute/address:Address"
RULE = {"network": "default", "sourceRanges": ["10.0.0.0/8"], "allows": [{"protocol": "tcp"}]}
TEMPLATES = {"machineType": "e2-small", "disks": [{"sourceImage": "debian-12", "boot": True}]}


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (ADDRESS, {"name": "Web", "addressType": "INTERNAL"}, 'name: "name" .* doesn\'t match regexp'),
        (FIREWALL, {**RULE, "name": "x" * 64}, 'name: "name" .* doesn\'t match regexp'),
        (FIREWALL, {**RULE, "priority": 65536}, r"expected priority to be in the range \(0 - 65535\), got 65536"),
        (FIREWALL, {**RULE, "direction": "IN"}, r'expected direction to be one of \["INGRESS" "EGRESS" ""\], got IN'),
        (FIREWALL, {key: RULE[key] for key in ("network", "sourceRanges")}, "one of `allows,denies` must be"),
        (HEALTH_CHECK, {"name": "x"}, "one of `grpcHealthCheck,.*` must be specified"),
        (
            HEALTH_CHECK,
            {"httpHealthCheck": {"port": 1}, "tcpHealthCheck": {"port": 1}},
            "only one of `grpcHealthCheck,.*` can be specified",
        ),
        (TEMPLATE, {**TEMPLATES, "name": "a", "namePrefix": "a"}, '"name": conflicts with name_prefix'),
        (TEMPLATE, {**TEMPLATES, "namePrefix": "a" * 55}, '"name_prefix" cannot be longer than 54 characters'),
        (
            GROUP,
            {
                "baseInstanceName": "web",
                "versions": [{"instanceTemplate": "x"}],
                "updatePolicy": {"type": "EAGER", "minimalAction": "REPLACE"},
            },
            r'updatePolicy\.type to be one of \["OPPORTUNISTIC" "PROACTIVE"\], got EAGER',
        ),
    ],
)
def test_values_that_cannot_be_are_failures_of_check(
    engine: Engine, token: str, inputs: dict[str, Any], said: str
) -> None:
    """hashicorp/terraform-provider-google, google/services/compute (ValidateFunc, ExactlyOneOf, ConflictsWith)."""
    with pytest.raises(FailedError, match=said):
        engine.check(token, inputs)


def test_a_long_prefix_still_gives_a_name_of_63_characters(engine: Engine) -> None:
    """resource_compute_region_instance_template.go: a prefix beyond 37 characters gets the shorter end."""
    inputs = {**TEMPLATES, "namePrefix": "a" * 54, "networkInterfaces": [{"subnetwork": "default"}]}
    made = engine.create(TEMPLATE, inputs)
    engine.delete(TEMPLATE, made)
    assert len(made.outputs["name"]) == 63


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"zone": "europe-west1-z"}, "Invalid value for field 'zone': 'europe-west1-z'. Unknown zone., invalid"),
        (
            {"bootDisk": {"initializeParams": {"image": "debian-cloud/debian-99"}}},
            "Could not find image or family debian-cloud/debian-99",
        ),
        ({"machineType": "e9-huge"}, "Machine type with name 'e9-huge' does not exist in zone 'europe-west1-b'"),
        ({"networkInterfaces": [{"network": "moon"}]}, "'moon'. The referenced network resource cannot be found"),
        (
            {"networkInterfaces": [{"subnetwork": "default", "networkIp": "10.77.0.11"}]},
            "IP '10.77.0.11' is already being used by another resource",
        ),
        (
            {"serviceAccount": {"email": "nobody@x", "scopes": ["cloud-platform"]}},
            "The resource 'nobody@x' of type 'serviceAccount' was not found",
        ),
        ({"labels": {"Team": "a"}}, "Label key 'Team' violates format constraints"),
        ({"labels": {"team": "A.b"}}, r"Label value 'A\.b' violates format constraints"),
        ({"tags": ["ok", "Not"]}, r"Invalid value for field 'resource\.tags\[1\]': 'Not'. Must be a match of regex"),
        ({}, "the sandbox is not up"),
    ],
)
def test_an_instance_that_cannot_be_is_refused_in_googles_words(
    engine: Engine, more: dict[str, Any], said: str
) -> None:
    """The API's messages, as in issues of hashicorp/terraform-provider-google."""
    with pytest.raises(FailedError, match=said):
        engine.create(INSTANCE, instance(**more))


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


def test_a_firewall_says_where_from_and_one_kind_of_target(engine: Engine) -> None:
    """resource_compute_firewall.go: the sources' CustomizeDiff, and ConflictsWith."""
    allow = {"network": "default", "allows": [{"protocol": "tcp", "ports": ["8080"]}]}
    with pytest.raises(FailedError, match="one of source_tags, source_ranges, or source_service_accounts must be def"):
        engine.check(FIREWALL, allow)
    both = {**allow, "sourceRanges": ["0.0.0.0/0"], "targetTags": ["a"], "targetServiceAccounts": ["b"]}
    with pytest.raises(FailedError, match="conflicts with target_service_accounts"):
        engine.check(FIREWALL, both)
    out = {**allow, "direction": "EGRESS", "destinationRanges": ["10.77.0.200/32"]}
    assert engine.check(FIREWALL, {**out, "name": "out"}) == {**out, "name": "out", "__defaults": []}
    with pytest.raises(FailedError, match="sourceTags cannot be set for EGRESS rules"):
        engine.check(FIREWALL, {**out, "sourceTags": ["a"]})


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
