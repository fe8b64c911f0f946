"""What an instance needs at its boot and does not find: it says so, goes on trying, and is not half joined.

The tests of this file follow one stack. Each deletes its instance by hand and makes the same one again, while something
is amiss, as Google's own console would: so a recreated instance joins with no `pulumi up`, too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines
from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.kubernetes import cluster
from sandbox.network.addresses import METADATA_SERVER, NODE_ADDRESS
from tests.e2e.gce.one_instance import ADDRESS, NAME, PATH, bring_up, calls_succeed, soon
from tests.e2e.gce.package_mirror import Mirror, serving
from tests.e2e.gce.silence import silence
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

TRIES = 3
TRIES_SECONDS = 180
"""A server that says nothing is waited for, 20 s each time."""
ROLE = "meshx-instances-vmhttp"
OF_CLOUD = ("instanceId", "selfLink", "creationTimestamp", "cpuPlatform", "effectiveLabels", "labelFingerprint")
FINGERPRINTS = ("metadataFingerprint", "tagsFingerprint")


class Doors:
    """The package's mirror, which can be shut: its address stays."""

    def __init__(self) -> None:
        self._serving: AbstractContextManager[Mirror] = serving()
        self.mirror = self._serving.__enter__()
        self._port = int(self.mirror.url.split(":")[2].partition("/")[0])

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Until the block ends nobody listens there."""
        self.close()
        yield
        self._serving = serving(port=self._port)
        self._serving.__enter__()

    def close(self) -> None:
        self._serving.__exit__(None, None, None)


@pytest.fixture(scope="module")
def doors(sandbox: None) -> Iterator[Doors]:
    """A mirror of these tests' own."""
    made = Doors()
    yield made
    made.close()


@pytest.fixture(scope="module")
def instance(project: MeshProject, doors: Doors) -> MeshProject:
    """The instance, in the mesh."""
    bring_up(project, doors.mirror)
    return project


@contextmanager
def no_right() -> Iterator[None]:
    """The instance's identity may ask for no token until the block ends."""
    api = client.RbacAuthorizationV1Api(cluster.api())
    before = api.read_namespaced_role(ROLE, "vm").rules
    # The first is for tokens, the other for the root certificate.
    api.patch_namespaced_role(ROLE, "vm", {"rules": api.api_client.sanitize_for_serialization(before[1:])})
    try:
        yield
    finally:
        api.patch_namespaced_role(ROLE, "vm", {"rules": api.api_client.sanitize_for_serialization(before)})


def made_again() -> None:
    """The same instance once more, by nobody of the stack."""
    former = cloud.get(PATH)
    instances.delete(PATH)
    instances.create(PROJECT, ZONES[0], NAME, {k: v for k, v in former.items() if k not in (*OF_CLOUD, *FINGERPRINTS)})


def told(reason: str) -> list[int]:
    """The pauses that the serial console tells of with a reason."""
    return [int(pause) for pause in re.findall(rf"meshx: {reason}.*; the next try is in (\d+) s", console())]


def console() -> str:
    return instances.serial_port_output(NAME)


def is_untouched() -> bool:
    """Whether nothing of the mesh is on the instance: no packet rule, no sidecar, no token, no certificate."""
    look = "! iptables-save | grep -q ISTIO && ! dpkg -s istio-sidecar && [ ! -e /var/run/secrets/tokens/istio-token ]"
    return machines.execute(NAME, ["sh", "-c", f"{look} && ! ls /etc/certs/*.pem"]).returncode == 0


def is_healthy() -> bool:
    """Whether istiod sends callers to it."""
    custom = client.CustomObjectsApi(cluster.api())
    entry: Any = custom.get_namespaced_custom_object("networking.istio.io", "v1", "vm", "workloadentries", NAME)
    conditions = entry.get("status", {}).get("conditions", [])
    return any(one["type"] == "Healthy" and one["status"] == "True" for one in conditions)


@pytest.mark.parametrize("fault", ["silent API server", "no right", "mirror down"])
def test_an_instance_tells_what_it_lacks_and_joins_once_that_is_there(
    instance: MeshProject, doors: Doors, fault: str
) -> None:
    faults = {
        "silent API server": (
            partial(silence, f"-s {ADDRESS} -d {NODE_ADDRESS} -p tcp -m multiport --dports 443,6443"),
            rf"the API server, https://{NODE_ADDRESS}:6443, does not answer: \(28\) ",
        ),
        "no right": (
            no_right,
            rf"the API server, https://{NODE_ADDRESS}:6443, answers 403: serviceaccounts .*vmhttp.* is forbidden",
        ),
        "mirror down": (doors.shut, r"the package can't be fetched from http://.*: curl: \(7\) "),
    }
    amiss, reason = faults[fault]
    with amiss():
        made_again()
        soon(f"the console tells of {fault}", lambda: len(told(reason)) >= TRIES, TRIES_SECONDS)
        assert told(reason)[:TRIES] == [1, 2, 4]
        assert is_untouched()
        soon("istiod sends nobody to it", lambda: not is_healthy())
        assert "in the mesh" not in console()
    begun = time.monotonic()
    calls_succeed()
    print(f"{fault}: traffic {time.monotonic() - begun:.0f} s after its end, with pauses of {told(reason)} s")


def test_an_instance_without_a_metadata_server_is_untouched_and_joins_once_there_is_one(instance: MeshProject) -> None:
    with silence(f"-s {ADDRESS} -d {METADATA_SERVER}"):
        made_again()
        soon("it boots", lambda: machines.execute(NAME, ["true"]).returncode == 0)
        # Google's own agent, which fetches the startup script, waits for it as well.
        time.sleep(10)
        assert is_untouched()
        assert "Starting startup scripts." not in console()
    calls_succeed()


def test_a_timer_that_finds_no_metadata_server_tells_so_and_goes_on_until_there_is_one(instance: MeshProject) -> None:
    before = machines.execute(NAME, ["cat", "/var/run/secrets/tokens/istio-token"]).stdout
    with silence(f"-s {ADDRESS} -d {METADATA_SERVER}"):
        machines.execute(NAME, ["systemctl", "start", "--no-block", "meshx-token.service"])
        reason = r"the metadata server does not answer: \(28\) "
        soon("the console tells of it", lambda: len(told(reason)) >= TRIES, TRIES_SECONDS)
        assert told(reason)[:TRIES] == [1, 2, 4]
        # What it has is good for a while yet.
        calls_succeed()
    after = ["cat", "/var/run/secrets/tokens/istio-token"]
    soon("the token is renewed", lambda: machines.execute(NAME, after).stdout not in ("", before))
