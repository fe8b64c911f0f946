"""Helm releases. Source, unless another is named: provider/pkg/provider/helm_release.go of pulumi-kubernetes."""

import base64
import gzip
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from meshx.provider.property_values import UNKNOWN, Secret
from tests.conformance.api_server import ApiServer
from tests.conformance.chart import write_chart
from tests.conformance.engine import Engine, FailedError, PartlyFailedError

RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart of the test's own."""
    return write_chart(tmp_path)


def release(chart: Path, namespace: str, **more: Any) -> dict[str, Any]:
    """A program's release named `colours`; the SDKs add `compat`."""
    return {"chart": str(chart), "namespace": namespace, "name": "colours", "compat": "true", **more}


def colour(core: CoreV1Api, namespace: str) -> str:
    """What the installed chart's ConfigMap says."""
    return core.read_namespaced_config_map("colours-settings", namespace).data["colour"]


def test_an_installed_release_says_what_it_is_and_what_it_made(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """setReleaseAttributes; manifest_json.go for the form of resourceNames."""
    state = engine.create(RELEASE, release(chart, namespace, values={"colour": "blue"}))
    assert state.id == f"{namespace}/colours"
    assert colour(core, namespace) == "blue"
    assert state.outputs["status"] == {
        "name": "colours",
        "namespace": namespace,
        "chart": "colours",
        "version": "1.0.0",
        "appVersion": "7",
        "revision": 1,
        "status": "deployed",
    }
    assert state.outputs["resourceNames"] == {"ConfigMap/v1": [f"{namespace}/colours-settings"]}
    assert state.outputs["values"] == {"colour": "blue"}


def test_check_fills_in_name_namespace_timeout_and_the_charts_version(engine: Engine, chart: Path) -> None:
    """Check, setDefaults, assignNameIfAutonameable."""
    inputs = engine.check(RELEASE, {"chart": str(chart)}, name="mesh")
    assert inputs["name"].startswith("mesh-")
    assert inputs["namespace"] == "default"
    assert inputs["timeout"] == 300
    assert inputs["version"] == "1.0.0"
    assert engine.check(RELEASE, {"chart": str(chart)}, inputs, name="mesh")["name"] == inputs["name"]


def test_a_chart_that_is_not_there_fails_the_check(engine: Engine, namespace: str) -> None:
    """Check: the failure is that of the property `chart`."""
    with pytest.raises(
        FailedError, match=r"chart: path .* not found; check the chart name and repository configuration"
    ):
        engine.check(RELEASE, release(Path("/nowhere/colours"), namespace))


def test_a_namespace_is_made_where_asked_for(engine: Engine, core: CoreV1Api, chart: Path) -> None:
    """helmCreate: CreateNamespace."""
    with pytest.raises(FailedError, match='namespaces "made-by-helm" not found'):
        engine.create(RELEASE, release(chart, "made-by-helm"))
    engine.create(RELEASE, release(chart, "made-by-helm", createNamespace=True))
    assert colour(core, "made-by-helm") == "red"


def test_a_preview_shows_the_inputs_and_leaves_open_what_helm_will_say(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """checkpointRelease with isPreview."""
    values = {"colour": UNKNOWN, "nested": {"a": 2}}
    shown = engine.preview_create(RELEASE, release(chart, namespace, values=values))
    assert shown["values"]["colour"] is UNKNOWN
    assert shown["values"]["nested"] == {"a": 2}
    assert shown["status"] is UNKNOWN
    assert shown["resourceNames"] is UNKNOWN
    assert core.list_namespaced_secret(namespace).items == []


def test_changed_values_upgrade_the_release_in_place(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """Diff and helmUpdate."""
    state = engine.create(RELEASE, release(chart, namespace, values={"colour": "blue"}))
    inputs = release(chart, namespace, values={"colour": "green"})
    change = engine.diff(RELEASE, state, inputs)
    assert change.detailed == {"values.colour": "UPDATE"}
    assert not change.replaces
    state = engine.update(RELEASE, state, inputs)
    assert colour(core, namespace) == "green"
    assert state.outputs["status"]["revision"] == 2
    assert not engine.diff(RELEASE, state, inputs).changes


def test_a_value_taken_out_goes_back_to_the_charts_own(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """Diff: the deletions of a three-way patch; helmUpdate without reuseValues."""
    state = engine.create(RELEASE, release(chart, namespace, values={"colour": "blue", "nested": {"a": 2}}))
    inputs = release(chart, namespace, values={"nested": {"a": 2}})
    assert engine.diff(RELEASE, state, inputs).detailed == {"values.colour": "DELETE"}
    engine.update(RELEASE, state, inputs)
    assert colour(core, namespace) == "red"


def test_another_name_or_namespace_is_another_release(engine: Engine, chart: Path, namespace: str) -> None:
    """Diff: forceNewFields."""
    state = engine.create(RELEASE, release(chart, namespace))
    assert engine.diff(RELEASE, state, release(chart, namespace, name="other")).replaces == ["name"]
    assert engine.diff(RELEASE, state, release(chart, "default")).replaces == ["namespace"]


def test_a_chart_counts_as_changed_by_its_version_alone(engine: Engine, chart: Path, namespace: str) -> None:
    """pulumi-kubernetes#2672: no checksum of local charts; Check resolves `version`."""
    state = engine.create(RELEASE, release(chart, namespace))
    (chart / "values.yaml").write_text("colour: white\ndeployment: false\n")
    assert not engine.diff(RELEASE, state, release(chart, namespace)).changes
    write_chart(chart.parent, version="1.1.0")
    assert engine.diff(RELEASE, state, release(chart, namespace)).detailed == {"version": "UPDATE"}


def test_a_release_changed_by_others_shows_after_a_refresh(
    engine: Engine, api_server: ApiServer, environment: dict[str, str], chart: Path, namespace: str
) -> None:
    """Read keeps the inputs and takes the live values into the state, which Diff compares with."""
    inputs = release(chart, namespace, values={"colour": "blue"})
    state = engine.create(RELEASE, inputs)
    _helm(api_server, environment, "upgrade", "colours", str(chart), "--namespace", namespace, "--set", "colour=pink")
    refreshed = engine.read(RELEASE, state.id, state)
    assert refreshed is not None
    assert refreshed.inputs == state.inputs
    assert refreshed.outputs["values"] == {"colour": "pink"}
    assert refreshed.outputs["status"]["revision"] == 2
    assert engine.diff(RELEASE, refreshed, inputs).detailed == {"values.colour": "UPDATE"}


def test_a_release_that_is_gone_is_gone_from_the_state(engine: Engine, chart: Path, namespace: str) -> None:
    """Read: resourceReleaseLookup."""
    state = engine.create(RELEASE, release(chart, namespace))
    engine.delete(RELEASE, state)
    assert engine.read(RELEASE, state.id, state) is None


def test_a_deleted_release_takes_its_objects_along(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """Delete; a second uninstall fails, as nothing tells it from a mistyped name."""
    state = engine.create(RELEASE, release(chart, namespace))
    engine.delete(RELEASE, state)
    names = [item.metadata.name for item in core.list_namespaced_config_map(namespace).items]
    assert "colours-settings" not in names
    with pytest.raises(FailedError, match="release: not found"):
        engine.delete(RELEASE, state)


def test_a_release_that_does_not_become_ready_is_kept_and_reported(engine: Engine, chart: Path, namespace: str) -> None:
    """helmCreate: releaseFailedError; Create: partialError."""
    wanted = release(chart, namespace, values={"deployment": True}, timeout=2)
    with pytest.raises(
        PartlyFailedError, match=r"was created, but failed to initialize completely\. Use Helm CLI"
    ) as error:
        engine.create(RELEASE, wanted)
    assert error.value.id == f"{namespace}/colours"
    assert error.value.outputs["status"]["status"] == "failed"
    with pytest.raises(FailedError, match="cannot re-use a name that is still in use") as again:
        engine.create(RELEASE, wanted)
    assert not isinstance(again.value, PartlyFailedError)


def test_an_atomic_release_that_does_not_become_ready_leaves_nothing(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """helmCreate: Atomic, and resourceReleaseLookup finding nothing."""
    with pytest.raises(FailedError, match="has been uninstalled due to atomic being set") as error:
        engine.create(RELEASE, release(chart, namespace, values={"deployment": True}, timeout=2, atomic=True))
    assert not isinstance(error.value, PartlyFailedError)
    assert core.list_namespaced_secret(namespace).items == []


def test_a_release_that_is_not_waited_for_is_deployed_at_once(engine: Engine, chart: Path, namespace: str) -> None:
    """helmCreate: Wait is the opposite of skipAwait."""
    state = engine.create(RELEASE, release(chart, namespace, values={"deployment": True}, skipAwait=True))
    assert state.outputs["status"]["status"] == "deployed"
    assert state.outputs["resourceNames"]["Deployment.apps/apps/v1"] == ["colours-app"]


def test_an_upgrade_that_does_not_become_ready_is_reported_with_the_new_state(
    engine: Engine, chart: Path, namespace: str
) -> None:
    """helmUpdate: releaseFailedError; Update: partialError."""
    state = engine.create(RELEASE, release(chart, namespace))
    wanted = release(chart, namespace, values={"deployment": True}, timeout=2)
    with pytest.raises(
        PartlyFailedError, match=r"failed to initialize completely\. Use Helm CLI to investigate"
    ) as error:
        engine.update(RELEASE, state, wanted)
    assert error.value.outputs["status"]["status"] == "failed"
    assert error.value.outputs["status"]["revision"] == 2


def test_a_release_left_pending_refuses_to_be_touched(
    engine: Engine, core: CoreV1Api, chart: Path, namespace: str
) -> None:
    """pulumi-kubernetes#2758: what a killed run leaves behind is not cleared by the plugin."""
    state = engine.create(RELEASE, release(chart, namespace))
    _mark_pending(core, namespace)
    with pytest.raises(FailedError, match=r"another operation \(install/upgrade/rollback\) is in progress") as error:
        engine.update(RELEASE, state, release(chart, namespace, values={"colour": "green"}))
    assert not isinstance(error.value, PartlyFailedError)


def test_secret_values_stay_secret_in_the_state(engine: Engine, core: CoreV1Api, chart: Path, namespace: str) -> None:
    """Check and checkpointRelease: annotateSecrets."""
    values = {"colour": Secret("ultra-violet"), "nested": {"a": 5}}
    state = engine.create(RELEASE, release(chart, namespace, values=values))
    assert colour(core, namespace) == "ultra-violet"
    assert state.inputs["values"]["colour"] == Secret("ultra-violet")
    assert state.outputs["values"]["colour"] == Secret("ultra-violet")
    assert state.outputs["values"]["nested"] == {"a": 5}
    refreshed = engine.read(RELEASE, state.id, state)
    assert refreshed is not None
    assert refreshed.outputs["values"]["colour"] == Secret("ultra-violet")


def _helm(api_server: ApiServer, environment: dict[str, str], *words: str) -> None:
    kubeconfig = {"KUBECONFIG": str(api_server.kubeconfig)}
    subprocess.run(["helm", *words], env={**os.environ, **environment, **kubeconfig}, check=True, capture_output=True)


def _mark_pending(core: CoreV1Api, namespace: str) -> None:
    """What helm's storage holds while an upgrade runs, or after it was killed (helm: pkg/storage/driver/util.go)."""
    name = "sh.helm.release.v1.colours.v1"
    stored = core.read_namespaced_secret(name, namespace).data["release"]
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(stored))))
    content["info"]["status"] = "pending-upgrade"
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    patch = {"data": {"release": packed}, "metadata": {"labels": {"status": "pending-upgrade"}}}
    core.patch_namespaced_secret(name, namespace, patch)
