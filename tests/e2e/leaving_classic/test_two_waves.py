"""Two machines of a mesh of 1.4 become machines of an istiod in another cluster.

The tests of this file follow both meshes, so each builds on the one before it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from kubernetes import client

from sandbox.builds import artifact
from sandbox.kubernetes import cluster
from tests.e2e.classic.machine.membership import IDENTITY
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.leaving_classic.new_mesh import (
    NAMES,
    PAUSE_SECONDS,
    called_by_the_old_mesh,
    calls,
    start_of,
    without_former,
)
from tests.e2e.leaving_classic.old_mesh import OLD_SERVICE, OldMesh
from tests.e2e.machine.deliveries import shell
from tests.e2e.rollout.broken_packages import Fault, broken_package
from tests.e2e.rollout.rollout_stack import GOOD, UP, has, nothing_to_do, package_of_all, version
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled
from tests.e2e.stack.steady_calls import SteadyCalls, steady

pytestmark = pytest.mark.usefixtures("sandbox")

UP_SECONDS = 600
OLD_REMAINS = (
    "ls -d /usr/local/bin/node_agent /usr/local/bin/istio-node-agent-start.sh /usr/local/bin/istio-clean-iptables.sh "
    "/lib/systemd/system/istio-auth-node-agent.service /etc/systemd/system/istio-auth-node-agent.service.d "
    "/etc/systemd/system/*.wants/istio-auth-node-agent.service /var/lib/meshx/ipv6_rules.sh /var/lib/meshx/ipv6-input "
    "2>/dev/null; ip6tables -S INPUT | grep -e REJECT; pgrep -x node_agent; true"
)
NEW_REMAINS = (
    "ls -d /etc/istio/config/ca-root.pem /run/secrets/tokens/istio-token /usr/local/lib/meshx 2>/dev/null; true"
)


def called_while(stack: ExitStack) -> dict[str, SteadyCalls]:
    """Each machine calls the name that stays until the stack ends."""
    return {name: stack.enter_context(steady(lambda name=name: calls(name))) for name in NAMES}


def joined_by(name: str) -> str:
    """The stack whose machine it is, as it notes itself."""
    return shell(name, "cat /var/lib/meshx/joined-by").split()[0]


def test_before_the_name_is_answered_by_the_old_mesh(old_mesh: OldMesh) -> None:
    for name in NAMES:
        answer = settled(lambda name=name: calls(name, 1)[0])
        assert (answer.status, answer.host, answer.caller) == (200, OLD_SERVICE, IDENTITY), answer
        assert (version(name), joined_by(name)) == ("1.4.10", "meshx/old")
        assert has(name, GOOD / "now")


def test_a_preview_says_what_goes_what_comes_and_what_stays(project: MeshProject) -> None:
    plan = project.expect("preview").text
    assert "this mesh signs by the authority of the former one (context the-old-one), so both trust both" in plan
    for name in NAMES:
        assert f"{name} comes over from stack meshx/old (cluster " in plan
    assert "goes: unit istio-auth-node-agent, the package of version 1.4.10, its certificate and key, name" in plan
    assert "stays: name httpbin.bar.global" in plan
    for wave in (1, 2):
        assert f"wave {wave} of 2 restarts the sidecars of " in plan, plan
    assert [version(name) for name in NAMES] == ["1.4.10", "1.4.10"]


def test_a_package_that_cannot_start_sends_the_first_machine_back_and_leaves_the_second(
    project: MeshProject, tmp_path: Path
) -> None:
    before = {name: start_of(name) for name in NAMES}
    project.configure(package_of_all(broken_package(Fault.CANNOT_START, tmp_path)))
    with ExitStack() as running:
        begun = time.monotonic()
        counted = called_while(running)
        ran = project.pulumi(*UP, seconds=UP_SECONDS)
    print(f"leaving classic, cannot start: `up` with a new control plane took {time.monotonic() - begun:.0f} s")
    for name, made in counted.items():
        print(f"leaving classic, cannot start: {name} to httpbin.bar.global: {made.summary()}")
    assert ran.code != 0, ran.text
    assert "went back to version 1.4.10, and serves as before" in ran.text, ran.text
    (moved,) = [name for name in NAMES if start_of(name) != before[name]]
    for name in NAMES:
        assert (version(name), joined_by(name)) == ("1.4.10", "meshx/old")
        assert shell(name, "systemctl is-active istio istio-auth-node-agent").split() == ["active", "active"]
        assert shell(name, NEW_REMAINS).strip() == ""
        answer = settled(lambda name=name: calls(name, 1)[0])
        assert (answer.status, answer.host, answer.caller) == (200, OLD_SERVICE, IDENTITY), answer
        assert not has(name, GOOD / "armed")
    assert not counted[next(name for name in NAMES if name != moved)].failed


def test_one_up_brings_both_over_wave_by_wave_and_the_name_is_answered_throughout(
    project: MeshProject, authority: Authority, folder: Path
) -> None:
    project.configure(package_of_all(artifact("sidecar-package") / "istio-sidecar.deb"))
    with ExitStack() as running:
        begun = time.monotonic()
        counted = called_while(running)
        ran = project.pulumi(*UP, seconds=UP_SECONDS)
        taken = time.monotonic() - begun
    print(f"leaving classic: `up` took {taken:.0f} s, {PAUSE_SECONDS} s of it the pause between two waves of a machine")
    for name, made in counted.items():
        print(f"leaving classic: {name} to httpbin.bar.global: {made.summary()}")
    assert ran.code == 0, ran.text
    for name, made in counted.items():
        answered = [answer.host for answer in made.answers if answer.succeeded]
        assert answered[0] == OLD_SERVICE
        assert answered[-1].startswith("httpbin-"), answered[-1]
        # Its sidecar starts anew once.
        assert len(made.failed) < len(made.answers) * 0.1, made.failed[:3]
        assert joined_by(name) == "meshx/dev"
        assert shell(name, OLD_REMAINS).strip() == ""
        assert called_by_the_old_mesh(name, authority, folder) == (200, IDENTITY)
    nothing_to_do(project)


def test_both_meshes_sign_by_one_authority_whose_key_is_in_no_state(project: MeshProject, authority: Authority) -> None:
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret("cacerts", "istio-system")
    state = str(project.state())
    assert secret.data["ca-key.pem"] not in state
    assert authority.private_key.decode().splitlines()[1] not in state


def test_the_old_stack_says_who_has_them_and_leaves_them_alone(project: MeshProject, old_mesh: OldMesh) -> None:
    before = {name: start_of(name) for name in NAMES}
    for name in NAMES:
        assert "is a machine of stack meshx/dev" in str(old_mesh.refreshed(name)["machineState"])
        old_mesh.leave(name)
    assert "vm-3 stays a machine of stack meshx/dev" in "\n".join(old_mesh.said)
    assert {name: start_of(name) for name in NAMES} == before
    nothing_to_do(project)


def test_without_the_key_the_authority_stays_and_no_sidecar_starts_anew(project: MeshProject) -> None:
    before = {name: start_of(name) for name in NAMES}
    project.configure(without_former)
    changes = project.expect(*UP).changes()
    assert set(changes) <= {"updated", "deleted", "unchanged"}, changes
    assert client.CoreV1Api(cluster.api()).read_namespaced_secret("cacerts", "istio-system").data
    assert {name: start_of(name) for name in NAMES} == before
    nothing_to_do(project)


def test_the_new_stack_takes_them_out_as_its_own_and_nothing_of_either_mesh_stays(project: MeshProject) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    for name in NAMES:
        assert shell(name, "ls -d /var/lib/meshx /etc/systemd/system/*meshx* 2>/dev/null || true").strip() == ""
        assert "istio" not in shell(name, "iptables-save; ip6tables-save; dpkg -l; getent passwd").lower()
