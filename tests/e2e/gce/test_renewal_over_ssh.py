"""An instance that somebody else made, joined over SSH: it renews its token by its own service account, with no `up`.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines
from sandbox.gce import accounts, cloud, firewalls, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.gce.cloud import Properties
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.gce.one_instance import calls_succeed
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

NAME, ADDRESS = "gce-theirs", "10.77.0.45"
PATH = instances.instance_name(PROJECT, ZONES[0], NAME)
TOKEN = "/var/run/secrets/tokens/istio-token"
TOKEN_SECONDS = 600
"""The shortest that Kubernetes gives."""
SLACK_SECONDS = 20
"""What the timer may be late by, and the request takes."""
WAIT_SECONDS = 90
BOOT_SECONDS = 60
SCRIPT = "/usr/local/lib/meshx/renew_token.sh"
ROLE = f"meshx-renewal-{NAME}"
UP = ("up", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def account(project: MeshProject) -> Iterator[Properties]:
    """The machine's service account, made by hand as the machine and the rule by which pods reach it; gone later."""
    made = accounts.create(PROJECT, "theirs", {})
    firewalls.create(
        PROJECT,
        "theirs",
        {"network": "default", "sourceRanges": ["10.0.0.0/8"], "allows": [{"protocol": "tcp", "ports": ["8080"]}]},
    )
    wanted: dict[str, Any] = {
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
        "networkInterfaces": [{"subnetwork": "default", "networkIp": ADDRESS}],
        "serviceAccount": {"email": made["email"], "scopes": ["cloud-platform", "userinfo-email"]},
    }
    instances.create(PROJECT, ZONES[0], NAME, wanted)
    deadline = time.monotonic() + BOOT_SECONDS
    while machines.execute(NAME, ["systemctl", "is-system-running", "--wait"]).stdout.strip() != "running":
        assert time.monotonic() < deadline, instances.serial_port_output(NAME)[-3000:]
        time.sleep(0.5)
    yield made
    project.expect("destroy", "--yes", "--skip-preview")
    instances.delete(PATH)
    firewalls.delete(f"projects/{PROJECT}/global/firewalls/theirs")
    cloud.forget(made["name"])


@pytest.fixture(scope="module")
def before(account: Properties) -> dict[str, list[str]]:
    """What stood on the machine before it joined."""
    return listing(NAME)


@pytest.fixture(scope="module")
def stack(before: object, account: Properties, project: MeshProject) -> MeshProject:
    """The stack of that machine, not yet up."""

    def change(config: dict[str, Any]) -> None:
        del config["exposed"]
        config["tokens"] = {"lifetimeSeconds": TOKEN_SECONDS}
        config["networks"] = [{"name": "network1", "apiServer": "endpoint"}]
        config["workloads"][0]["machines"] = [
            {
                "name": NAME,
                "address": ADDRESS,
                "ssh": {"hostKeyFile": f".sandbox/machines/{NAME}/ssh_host_ed25519_key.pub"},
                "renewAs": [account["email"], account["uniqueId"]],
            }
        ]

    project.configure(change)
    return project


def on_machine(*command: str) -> str:
    done = machines.execute(NAME, command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def given_at() -> int:
    """When the machine's token was made, by its own words (RFC 7519, `iat`)."""
    _, claims, _ = on_machine("cat", TOKEN).split(".")
    return int(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"])


def renewed_after(given: int, seconds: float) -> int:
    """Wait for a later token; returns when it was made."""
    deadline = time.monotonic() + seconds
    while (now := given_at()) == given:
        assert time.monotonic() < deadline, on_machine("journalctl", "-u", "meshx-token", "--no-pager", "-n", "20")
        time.sleep(1)
    return now


def test_up_joins_it_and_gives_its_own_identity_the_right_to_renew(stack: MeshProject, account: Properties) -> None:
    stack.expect(*UP)
    services.restart_uninjected()
    calls_succeed(NAME)
    found = client.RbacAuthorizationV1Api(cluster.api()).read_namespaced_role_binding(ROLE, "vm")
    assert [one.name for one in found.subjects or []] == [account["email"], account["uniqueId"]]
    assert set(stack.expect(*UP, "--refresh", "--diff", "--expect-no-changes").changes()) <= {"unchanged"}


def test_its_timer_renews_the_token_in_time_again_and_again(stack: MeshProject) -> None:
    first = given_at()
    for _ in range(2):
        second = renewed_after(first, TOKEN_SECONDS / 3 + SLACK_SECONDS)
        print(f"a token for {TOKEN_SECONDS} s is renewed after {second - first} s")
        first = second
    calls_succeed(NAME)
    assert set(stack.expect(*UP, "--refresh", "--diff", "--expect-no-changes").changes()) <= {"unchanged"}


def test_after_long_off_it_takes_part_again_with_no_pulumi(stack: MeshProject) -> None:
    # Nothing that it had is good any more, and the token was in memory.
    on_machine("sh", "-c", "rm -f /etc/certs/*")
    machines.reboot(NAME)
    begun = time.monotonic()
    calls_succeed(NAME)
    print(f"calls through its proxy, from its reboot: {time.monotonic() - begun:.1f} s")


def test_a_stopped_timer_and_a_changed_script_are_shown_and_put_right(stack: MeshProject) -> None:
    on_machine("systemctl", "stop", "meshx-token.timer")
    on_machine("sh", "-c", f"echo exit 0 >{SCRIPT}")
    shown = stack.pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff")
    assert shown.code != 0
    assert "meshx-token.timer does not run" in shown.text
    stack.expect(*UP, "--refresh")
    given = given_at()
    # At once, as after a boot.
    renewed_after(given, SLACK_SECONDS)
    assert set(stack.expect(*UP, "--refresh", "--diff", "--expect-no-changes").changes()) <= {"unchanged"}


def test_without_the_key_nothing_of_it_stays(stack: MeshProject) -> None:
    stack.configure(lambda config: config["workloads"][0]["machines"][0].pop("renewAs"))
    stack.configure(lambda config: config.pop("networks"))
    stack.expect(*UP)
    left = on_machine("sh", "-c", "ls -d /usr/local/lib/meshx /etc/systemd/system/meshx-token* 2>/dev/null || true")
    assert left == ""
    roles = client.RbacAuthorizationV1Api(cluster.api()).list_namespaced_role("vm").items
    assert ROLE not in [one.metadata.name for one in roles if one.metadata]
    calls_succeed(NAME)


def test_destroy_leaves_it_as_it_was(stack: MeshProject, before: dict[str, list[str]]) -> None:
    def again(config: dict[str, Any]) -> None:
        config["networks"] = [{"name": "network1", "apiServer": "endpoint"}]
        config["workloads"][0]["machines"][0]["renewAs"] = ["theirs@meshx-sandbox.iam.gserviceaccount.com"]

    stack.configure(again)
    stack.expect(*UP)
    stack.expect("destroy", "--yes", "--skip-preview")
    assert not differences(before, listing(NAME))
