"""Every row of a stack's table against real traffic."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

from meshx.networks.routes import Route
from meshx.reachability.destinations import NameSource
from meshx.reachability.rows import rows
from tests.e2e.reachability.predictions import configuration, kept_rows, predicted
from tests.e2e.reachability.trials import Fact, Trial, expected, trials, tried
from tests.e2e.stack.mesh_project import MeshProject

SETTLING_SECONDS = 30.0
"""How long a row may be other than said at first: proxies are told one by one."""


def compared(
    project: MeshProject, gateway: str, walled: Collection[str] = (), control_plane: str = ""
) -> tuple[int, int]:
    """How many pairs of a stack that is up were reached and how many were not, all as the model says; else it fails.

    gateway: the gateway's address. walled: networks that a firewall keeps others from, which the program does not know.
    control_plane: the name by which machines connect to istiod, if that is not its own.
    """
    connections = predicted(project, walled)
    assert walled or rows(connections) == kept_rows(project), "the program's table is another"
    made = [
        replace(trial, host=control_plane)
        if control_plane and trial.connection.destination.name_source is NameSource.CONTROL_PLANE
        else trial
        for one in connections
        for trial in trials(one, configuration(project))
    ]
    wanted = {trial.title: expected(trial, gateway) for trial in made}
    assert len(wanted) == len(made), "two trials of one title"
    found = {trial.title: _settled(trial, wanted[trial.title]) for trial in made}
    # Once more, now that all others have settled: a call may have failed for a proxy that was not told yet.
    again = {trial.title: tried(trial) for trial in made if not wanted[trial.title].answered}
    by_title = {trial.title: trial for trial in made}
    differing = {
        title: (fact, wanted[title])
        for title, fact in (found | again).items()
        if not _as_wanted(by_title[title], fact, wanted[title])
    }
    assert not differing, "\n".join(
        f"{title}:\n    found    {fact}\n    expected {said}" for title, (fact, said) in differing.items()
    )
    reached = sum(fact.answered for fact in wanted.values())
    return reached, len(wanted) - reached


def _settled(trial: Trial, wanted: Fact) -> Fact:
    """What comes of a row's calls: as wanted within some seconds, or the last there was."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while not _as_wanted(trial, found := tried(trial), wanted) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def _as_wanted(trial: Trial, found: Fact, wanted: Fact) -> bool:
    """Whether calls went as said. By a gateway some of those who serve are enough: it passes connections on, and the
    caller's proxy sends many calls over each."""
    by_gateway = any(leg.route is Route.GATEWAY for leg in trial.connection.legs)
    if by_gateway and found.hosts and found.hosts < wanted.hosts:
        return replace(found, hosts=wanted.hosts) == wanted
    return found == wanted
