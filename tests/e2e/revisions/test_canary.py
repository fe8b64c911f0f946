"""A control plane by revision comes beside the running one, machines go over, back and over again; the old one goes.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sandbox.builds import artifact, images
from sandbox.builds.go_tools import ISTIO_BEFORE_VERSION
from sandbox.builds.sidecar_package import PACKAGE_VERSION
from sandbox.kubernetes import apiserver
from sandbox.traffic import services
from tests.e2e.revisions.istiod_before import IMAGE, istio
from tests.e2e.revisions.two_control_planes import (
    SECONDS,
    SYSTEM,
    TAG,
    connected,
    label_pods_namespace,
    machines_of,
    revisions,
    starts_from,
    tagged,
)
from tests.e2e.rollout.rollout_stack import NAMES, UP, nothing_to_do, package_of_all, starts, version
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways
from tests.e2e.steady.test_steady_traffic import await_serving

pytestmark = pytest.mark.usefixtures("sandbox")
BOTH = [f"{name}.vm" for name in NAMES]


def image(istiod: str) -> str:
    """The image that an istiod runs."""
    found = json.loads(apiserver.get(f"/apis/apps/v1/namespaces/{SYSTEM}/deployments/{istiod}"))
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


def gone_over(project: MeshProject, what: str) -> None:
    """Run `pulumi up` under calls both ways, of which none to the workload may fail."""
    with calls_both_ways(what) as calls:
        begun = time.monotonic()
        project.expect(*UP)
        print(f"{what}: `up` took {time.monotonic() - begun:.0f} s")
        time.sleep(2)
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    await_serving(set(NAMES))


def test_a_jump_is_refused_with_the_order_to_go_in(project: MeshProject) -> None:
    project.configure(lambda config: config["mesh"].update(istioVersion="1.32"))
    refused = project.pulumi("preview")
    assert refused.code != 0
    assert "istiod runs Istio 1.30.4, and meshx:mesh.istioVersion is 1.32" in refused.text, refused.text
    assert "go 1.30 to 1.31, 1.31 to 1.32" in refused.text, refused.text


def test_a_package_newer_than_the_control_plane_is_refused_with_the_order_to_go_in(
    project: MeshProject, before: Path
) -> None:
    project.configure(istio(before))
    project.configure(package_of_all("istio-sidecar.deb"))
    started = starts()
    refused = project.pulumi(*UP)
    assert refused.code != 0
    assert f"is newer than the control plane's {ISTIO_BEFORE_VERSION}: upgrade the control plane first" in refused.text
    assert starts() == started
    assert [version(name) for name in NAMES] == [ISTIO_BEFORE_VERSION] * 2
    project.configure(package_of_all(artifact("sidecar-package-before") / "istio-sidecar.deb"))
    project.expect(*UP, "--refresh")


def test_the_new_one_comes_first_and_machines_follow_in_waves(project: MeshProject) -> None:
    for change in (istio(None), revisions("canary", "default"), tagged):
        project.configure(change)
    plan = project.expect("preview").text
    assert "the control plane canary comes beside default, then the gateway and all machines go over to it" in plan
    assert f"wave 1 of 2 restarts the sidecars of {NAMES[0]}" in plan, plan
    assert f"wave 2 of 2 restarts the sidecars of {NAMES[1]}" in plan, plan
    gone_over(project, "over to a new revision")
    assert machines_of(project) == {"canary": BOTH, "default": []}
    assert [starts_from(name) for name in NAMES] == ["istiod-canary"] * 2
    # The gateway went over, the pods did not.
    stay = connected(project)["default"]
    assert stay
    assert all(name.endswith(".bar") for name in stay), stay
    # Each has its own version: what stays is as it was.
    assert [image(name) for name in ("istiod", "istiod-canary")] == [IMAGE, f"{images.REPOSITORY}/pilot:{images.TAG}"]
    nothing_to_do(project)


def test_the_old_one_does_not_go_while_somebody_is_connected(project: MeshProject) -> None:
    project.configure(revisions("canary", ""))
    refused = project.pulumi(*UP)
    assert refused.code != 0
    assert "the control plane default would go, and httpbin-" in refused.text, refused.text
    assert "meshx:mesh.previousRevision: default keeps it" in refused.text, refused.text
    assert apiserver.get(f"/apis/apps/v1/namespaces/{SYSTEM}/deployments/istiod")


def test_setting_the_key_back_takes_machines_back_in_waves(project: MeshProject, before: Path) -> None:
    for change in (istio(before), revisions("", "canary")):
        project.configure(change)
    plan = project.expect("preview").text
    assert f"wave 1 of 2 restarts the sidecars of {NAMES[0]}" in plan, plan
    gone_over(project, "back to the old revision")
    assert machines_of(project) == {"canary": [], "default": BOTH}
    assert [starts_from(name) for name in NAMES] == ["", ""]
    nothing_to_do(project)


def test_an_istiod_goes_on_in_place_and_nobody_restarts(project: MeshProject) -> None:
    project.configure(istio(None))
    assert "istiod goes from Istio 1.30.4 to 1.31 in place, then the gateway" in project.expect("preview").text
    started = starts()
    gone_over(project, "istiod and gateway in place, by a minor version")
    assert image("istiod") != IMAGE
    assert starts() == started
    nothing_to_do(project)


def test_the_package_of_the_new_version_follows_in_waves(project: MeshProject) -> None:
    assert [version(name) for name in NAMES] == [ISTIO_BEFORE_VERSION] * 2
    project.configure(package_of_all("istio-sidecar.deb"))
    plan = project.expect("preview").text
    assert f"wave 1 of 2 restarts the sidecars of {NAMES[0]}" in plan, plan
    gone_over(project, "packages of two minor versions, in waves")
    assert [version(name) for name in NAMES] == [PACKAGE_VERSION] * 2
    nothing_to_do(project)


def test_once_pods_have_gone_over_by_the_tag_the_old_one_goes(project: MeshProject) -> None:
    project.configure(revisions("canary", "default"))
    gone_over(project, "over once more")
    label_pods_namespace(injection=None, revision=TAG)
    services.restart_uninjected()
    deadline = time.monotonic() + SECONDS
    while left := connected(project)["default"]:
        assert time.monotonic() < deadline, left
        time.sleep(1)
    assert "nobody is connected to the control plane default: without meshx:mesh.previousRevision it goes" in (
        project.expect("preview").text
    )
    project.configure(revisions("canary", ""))
    assert "the control plane default goes: nobody is connected to it" in project.expect("preview").text
    gone_over(project, "the old revision goes")
    assert list(connected(project)) == ["canary"]
    assert machines_of(project) == {"canary": BOTH}
    nothing_to_do(project)
