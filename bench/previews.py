"""A preview of many machines against a bare program of as many resources; a refresh apart.

Both have all of it in their states already, so both previews find nothing to do, but that the machines' one tells the
new table of who reaches what. The machines' addresses lead nowhere, which a plain preview must not notice; a refresh
learns it at once.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from bench.many import get_state, multiplied, put_state
from bench.project import project, with_machines
from bench.ratio import Ratio, least_of_each, seconds
from bench.serving import serving
from sandbox import machines
from sandbox.network.addresses import HOST_LINK, NODE_ADDRESS
from sandbox.network.namespace import inside
from sandbox.paths import REPO
from tests.e2e.stack.mesh_project import STACK, MeshProject

ROUNDS = {100: 7, 500: 3}
"""How often each is measured, by the number of machines."""
REFRESHED = 100
REFRESH_SECONDS = 1200
ONE = "vm-1"
NOWHERE = IPv4Network("10.99.0.0/16")
"""No machine has an address of it."""
BARE = REPO / "bench" / "bare"
BARE_ONE = "m-0000"


def measure() -> Iterator[Ratio]:
    """Previews of 100 and 500 machines, each against the bare program, and one refresh."""
    with project() as made, serving([ONE]), tempfile.TemporaryDirectory(prefix="meshx-bare-") as folder:
        with_machines(made, [ONE])
        made.expect("up", "--yes", "--skip-preview")
        joined, bare = get_state(made), _bare(Path(folder), made.environment)
        try:
            bare_state = get_state(bare)
            for count in ROUNDS:
                put_state(made, multiplied(joined, ONE, [copy_of(name) for name in names(count)]))
                made.configure(lambda config, count=count: configure_many(config, count))
                put_state(bare, multiplied(bare_state, BARE_ONE, [{BARE_ONE: name} for name in names(count)]))
                bare.environment["BARE_GROUPS"] = str(count)
                yield from _compared(made, bare, count)
        finally:
            # Back to the one that is really there.
            put_state(made, joined)
            put_state(bare, bare_state)
            bare.pulumi("destroy", "--yes", "--skip-preview")


def _compared(made: MeshProject, bare: MeshProject, count: int) -> Iterator[Ratio]:
    words = ("preview",)
    ours, base = least_of_each(ROUNDS[count], lambda: made.expect(*words), lambda: bare.expect(*words))
    subject, against = f"preview of {count} machines", "a bare program of as many resources"
    yield Ratio(subject, against, ours.seconds, base.seconds, goal=1.2)
    # Much the same on a computer that does nothing else, and on any other the better measure.
    yield Ratio(f"{subject} (CPU time)", against, ours.cpu, base.cpu)
    if count == REFRESHED:
        with _refused_at_once():
            refreshed = seconds(lambda: _refresh(made))
        yield Ratio(f"preview --refresh of {count} machines out of reach", "its plain preview", refreshed, ours.seconds)


@contextmanager
def _refused_at_once() -> Iterator[None]:
    """Let the sandbox's network refuse calls to NOWHERE: the host's own may take any call and stay silent.

    As an address of its own, since Linux says "unreachable" only once a second (net.ipv4.route.error_cost). A run that
    is killed leaves the routes, which go with the sandbox's network.
    """
    _routes("replace")
    try:
        yield
    finally:
        _routes("delete")


def _routes(verb: str) -> None:
    subprocess.run(["ip", "route", verb, str(NOWHERE), "via", str(NODE_ADDRESS), "dev", HOST_LINK], check=True)
    subprocess.run(inside("ip", "route", verb, "local", str(NOWHERE), "dev", "lo"), check=True)


def _refresh(made: MeshProject) -> None:
    ran = made.pulumi("preview", "--refresh", seconds=REFRESH_SECONDS)
    if ran.code != 0:
        raise RuntimeError(f"preview --refresh failed: {ran.text}")


def names(count: int) -> list[str]:
    """The names of so many machines."""
    return [f"m-{number:04}" for number in range(count)]


def _address(name: str) -> str:
    return str(NOWHERE[int(name.removeprefix("m-")) + 1])


def copy_of(name: str) -> dict[str, str]:
    """What of the one machine's state is another for the machine of this name."""
    return {ONE: name, str(machines.machine(ONE).address): _address(name)}


def configure_many(config: dict[str, Any], count: int) -> None:
    """Put so many machines into a stack's configuration, at addresses that lead nowhere."""
    workload = config["workloads"][0]
    pattern = workload["machines"][0]
    workload["machines"] = [{**pattern, "name": name, "address": _address(name)} for name in names(count)]


def _bare(folder: Path, environment: dict[str, str]) -> MeshProject:
    (folder / "backend").mkdir()
    variables = {**environment, "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}", "BARE_GROUPS": "1"}
    bare = MeshProject(folder / "bare", variables)
    shutil.copytree(BARE, bare.folder)
    project_file = bare.folder / "Pulumi.yaml"
    project_file.write_text(project_file.read_text().replace("../../.venv", str(REPO / ".venv")))
    bare.expect("stack", "init", STACK)
    bare.expect("up", "--yes", "--skip-preview")
    return bare
