"""Instance templates, health checks and groups: what a change takes, and what is refused."""

from typing import Any

import pytest

from tests.conformance.engine import Engine, FailedError, State

TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"
GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
CHECK = "gcp:compute/regionHealthCheck:RegionHealthCheck"
SCALER = "gcp:compute/regionAutoscaler:RegionAutoscaler"


def template(**more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "machineType": "e2-small",
        "disks": [{"sourceImage": "debian-cloud/debian-12", "boot": True}],
        "networkInterfaces": [{"subnetwork": "default"}],
        **more,
    }


def group(made: State, **policy: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "baseInstanceName": "web",
        "versions": [{"instanceTemplate": made.outputs["selfLink"]}],
        "targetSize": 2,
        "updatePolicy": {"type": "PROACTIVE", "minimalAction": "REPLACE", **policy},
    }


def test_a_template_never_changes_and_stays_while_a_group_uses_it(engine: Engine) -> None:
    """hashicorp/terraform-provider-google#6277: the error of a template in use."""
    made = engine.create(TEMPLATE, template())
    assert made.id == "projects/meshx-sandbox/regions/europe-west1/instanceTemplates/web"
    assert engine.diff(TEMPLATE, made, template(tags=["a"])).replaces == ["tags"]
    uses = engine.create(GROUP, group(made))
    with pytest.raises(FailedError, match=r"is already being used by '.*/instanceGroupManagers/web', resourceInUse"):
        engine.delete(TEMPLATE, made)
    engine.delete(GROUP, uses)
    engine.delete(TEMPLATE, made)
    assert engine.read(TEMPLATE, made.id, made) is None


def test_a_template_is_named_by_its_prefix(engine: Engine) -> None:
    """resource_compute_instance_template.go: id.PrefixedUniqueId."""
    inputs = {key: value for key, value in template(namePrefix="web-").items() if key != "name"}
    made = engine.create(TEMPLATE, inputs)
    assert made.outputs["name"].startswith("web-") and len(made.outputs["name"]) == len("web-") + 26
    change = engine.diff(TEMPLATE, made, {**inputs, "tags": ["a"]})
    assert change.replaces == ["tags"] and not change.delete_before_replace
    engine.delete(TEMPLATE, made)


def test_a_groups_size_template_and_policy_change_in_place(engine: Engine) -> None:
    """resource_compute_region_instance_group_manager.go."""
    made = engine.create(TEMPLATE, template())
    state = engine.create(GROUP, group(made))
    other = {**group(made, maxSurgeFixed=3), "targetSize": 3, "versions": [{"instanceTemplate": "x"}]}
    change = engine.diff(GROUP, state, other)
    assert change.changes and not change.replaces
    assert engine.diff(GROUP, state, {**group(made), "baseInstanceName": "b"}).replaces == ["baseInstanceName"]
    grown = engine.update(GROUP, state, {**group(made), "targetSize": 5})
    assert grown.outputs["targetSize"] == 5 and "managed" not in grown.outputs
    assert grown.outputs["statuses"] == [{"isStable": False}]
    engine.delete(GROUP, grown)
    engine.delete(TEMPLATE, made)


def test_a_regional_groups_update_goes_by_no_fewer_than_its_zones(engine: Engine) -> None:
    """cloud.google.com/compute/docs/instance-groups/rolling-out-updates-to-managed-instance-groups."""
    made = engine.create(TEMPLATE, template())
    with pytest.raises(FailedError, match="has to be either 0 or at least equal to the number of zones"):
        engine.create(GROUP, group(made, maxSurgeFixed=1))
    two = {**group(made, maxSurgeFixed=1), "distributionPolicyZones": ["europe-west1-b"]}
    engine.delete(GROUP, engine.create(GROUP, two))
    engine.delete(TEMPLATE, made)
    with pytest.raises(FailedError, match="instanceTemplates/web' was not found, notFound"):
        engine.create(GROUP, group(made))


def test_health_checks_and_autoscalers_change_in_place(engine: Engine) -> None:
    """resource_compute_region_health_check.go, resource_compute_region_autoscaler.go."""
    check = {"name": "ready", "httpHealthCheck": {"port": 15021, "requestPath": "/healthz/ready"}}
    made = engine.create(CHECK, check)
    assert made.outputs["type"] == "HTTP" and made.outputs["checkIntervalSec"] == 5
    changed = engine.update(CHECK, made, {**check, "checkIntervalSec": 10})
    assert changed.outputs["checkIntervalSec"] == 10
    engine.delete(CHECK, changed)
    limits = {"name": "web", "target": "x", "autoscalingPolicy": {"minReplicas": 1, "maxReplicas": 3}}
    scaler = engine.create(SCALER, limits)
    wider = {**limits, "autoscalingPolicy": {"minReplicas": 1, "maxReplicas": 9}}
    assert not engine.diff(SCALER, scaler, wider).replaces
    engine.delete(SCALER, engine.update(SCALER, scaler, wider))


def test_what_has_no_effect_here_is_refused_by_name(engine: Engine) -> None:
    """Better than to do half of it."""
    made = {"outputs": {"selfLink": "x"}}
    state = State("x", {}, made["outputs"])
    with pytest.raises(FailedError, match=r"updatePolicy\.maxSurgePercent: .*use the official plugin"):
        engine.check(GROUP, group(state, maxSurgePercent=20))
    with pytest.raises(FailedError, match=r"updatePolicy\.minimalAction: .*use the official plugin"):
        engine.check(GROUP, group(state, minimalAction="REFRESH"))
