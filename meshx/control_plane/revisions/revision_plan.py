"""What becomes of the control planes of a cluster: which comes, which stays, which goes, and what forbids it.

A control plane without a revision is `default` here, as in the label that Istio gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from meshx.config.errors.words import enumerate_some, enumerate_words
from meshx.config.owner import Owner
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.control_plane.adopted_facts import revisioned
from meshx.control_plane.ask import Ask
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.labels import DEFAULT_REVISION
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.version_distance import MINORS_BESIDE, MINORS_IN_PLACE
from meshx.istio.versions import minor_version
from meshx.join.hosts import is_named_revision

KEY = "meshx:mesh.previousRevision"


@dataclass(frozen=True)
class ControlPlaneThere:
    """A control plane that runs: see control_planes_function.py."""

    revision: str
    version: str
    owned: bool
    proxies: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class RevisionPlan:
    """What a preview says of the control planes, and what is to be put right there.

    configuration: the stack's, with the revision to which a tag leads in place of the tag. newer_stays: whether a
    previous control plane that stays is of a newer minor version, so that it needs the definitions of that.
    """

    configuration: StackConfiguration
    words: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    newer_stays: bool = False


def revision_plan(configuration: StackConfiguration, system_namespace: str, owner: Owner, ask: Ask) -> RevisionPlan:
    """The plan for the cluster's control planes; UnfitMeshError with all that forbids it.

    Where the stack adopts its control plane, `revision` may be a tag of others'.
    """
    mesh = configuration.mesh
    arguments = {
        "namespace": system_namespace,
        "owners": list(owner.marks),
        "stays": _named(mesh.revision),
        "asked": mesh.previous_revision and _named(mesh.previous_revision),
    }
    answer = ask("meshx:index:controlPlanes", arguments)
    found: list[Mapping[str, Any]] = answer["controlPlanes"]
    there = {
        one["revision"]: ControlPlaneThere(
            one["revision"], one["version"], bool(one["owned"]), tuple(one["proxies"]), one["trouble"]
        )
        for one in found
    }
    if answer["leadsTo"] and not mesh.install.control_plane:
        configuration = configuration.on_revision(answer["leadsTo"])
        words = f"the tag {_named(mesh.revision)} leads to the control plane {answer['leadsTo']}"
        plan = RevisionPlan(configuration, [words])
        mesh = configuration.mesh
    else:
        plan = RevisionPlan(configuration)
    problems = [*_of_previous(mesh, there)]
    if mesh.install.control_plane:
        problems += [*_of_leaving(mesh, there, plan), *_of_versions(mesh, there, plan)]
        problems += _of_tags(mesh, there, str(answer["leadsTo"]))
    elif (running := there.get(_named(mesh.revision))) and (told := _other_version(mesh, running)):
        plan.warnings.append(told)
    if problems:
        raise UnfitMeshError("\n".join(problems))
    if mesh.previous_revision:
        plan.words.append(_of_both(plan.configuration, there))
        previous = there[_named(mesh.previous_revision)].version
        newer = bool(previous) and minor_version(previous) > minor_version(mesh.istio_version)
        return replace(plan, newer_stays=newer)
    return plan


def _named(revision: str) -> str:
    return revision or DEFAULT_REVISION


def _of_previous(mesh: MeshConfiguration, there: Mapping[str, ControlPlaneThere]) -> Iterator[str]:
    """A previous control plane that is not there, or that is not the stack's to keep."""
    if not mesh.previous_revision:
        return
    previous = there.get(_named(mesh.previous_revision))
    if previous is None:
        running = enumerate_words(sorted(there), "and") or "none"
        yield (
            f"{KEY} is {mesh.previous_revision}, and no istiod of that revision runs; those that do: {running}. "
            "Remedy: the one that machines come from (`default`: the one without a revision), or leave the key out"
        )
    elif mesh.install.control_plane and not previous.owned:
        yield (
            f"{KEY} is {mesh.previous_revision}, which this stack did not install: it stays whatever the stack does. "
            "Remedy: leave the key out"
        )


def _of_leaving(mesh: MeshConfiguration, there: Mapping[str, ControlPlaneThere], plan: RevisionPlan) -> Iterator[str]:
    """The stack's control planes that go, and who would be cut off."""
    stay = {_named(mesh.revision), mesh.previous_revision and _named(mesh.previous_revision)}
    for one in (one for one in there.values() if one.owned and one.revision not in stay):
        keep = f"Remedy: {KEY}: {one.revision} keeps it"
        if one.trouble:
            yield (
                f"the control plane {one.revision} would go, and it does not say who is connected to it: "
                f"{one.trouble}. {keep}; if it can't answer, and serves nobody: kubectl -n {SYSTEM_NAMESPACE} scale "
                f"deployment {revisioned('istiod', one.revision)} --replicas 0"
            )
        elif one.proxies:
            yield (
                f"the control plane {one.revision} would go, and {_counted(one.proxies)} connected to it. {keep} until "
                "they have moved: the gateway and machines by this run, pods by a restart with another revision"
            )
        elif mesh.chart_values("base").get("defaultRevision") == one.revision:
            # The webhook istiod-default-validator, which that istiod had set to fail without it.
            yield (
                f"the control plane {one.revision} would go, and meshx:mesh.values.base.defaultRevision has the API "
                "server ask it about each of Istio's objects: it would take none any more. Remedy: leave that value "
                "out, since meshx sets it"
            )
        else:
            plan.words.append(f"the control plane {one.revision} goes: nobody is connected to it")


def _of_tags(mesh: MeshConfiguration, there: Mapping[str, ControlPlaneThere], leads_to: str) -> Iterator[str]:
    """A tag and a revision of one name, whose webhooks take in the same pods (`istioctl tag set` refuses that, too)."""
    both = "both would take in the same pods, which would be given two proxies. Remedy: another"
    for tag in mesh.revision_tags:
        if (running := there.get(tag)) is not None and not running.owned:
            yield f"meshx:mesh.revisionTags has {tag}, and an istiod of that revision runs, of others: {both} tag"
    if leads_to and is_named_revision(mesh.revision):
        yield (
            f"meshx:mesh.revision is {mesh.revision}, a tag that leads to the control plane {leads_to}: {both} "
            "revision, or take the tag away before"
        )


def _of_versions(mesh: MeshConfiguration, there: Mapping[str, ControlPlaneThere], plan: RevisionPlan) -> Iterator[str]:
    """Steps between versions that Istio does not support; tells the one that it does."""
    wanted, running = minor_version(mesh.istio_version), there.get(_named(mesh.revision))
    if running is not None and running.version:
        present = minor_version(running.version)
        if abs(wanted[1] - present[1]) > MINORS_IN_PLACE:
            step = 1 if wanted > present else -1
            steps = [f"{present[0]}.{minor}" for minor in range(present[1], wanted[1] + step, step)]
            order = ", ".join(f"{one} to {other}" for one, other in pairwise(steps))
            beside = f"; or install it beside (meshx:mesh.revision, with previousRevision: {running.revision})"
            yield (
                f"istiod runs Istio {running.version}, and meshx:mesh.istioVersion is {mesh.istio_version}: Istio "
                f"supports steps of {MINORS_IN_PLACE} minor version in place. Remedy: go {order}, each with its "
                f"machines' packages, before the next{beside if len(steps) - 1 <= MINORS_BESIDE else ''}"
            )
        elif wanted != present:
            plan.words.append(
                f"istiod goes from Istio {running.version} to {mesh.istio_version} in place, then the gateway, then "
                "the machines whose package is another"
            )
    previous = there.get(_named(mesh.previous_revision)) if mesh.previous_revision else None
    if previous is not None and previous.version:
        present = minor_version(previous.version)
        if abs(wanted[1] - present[1]) > MINORS_BESIDE:
            yield (
                f"the control plane {previous.revision} runs Istio {previous.version}, and meshx:mesh.istioVersion is "
                f"{mesh.istio_version}: Istio supports at most {MINORS_BESIDE} minor versions beside each other. "
                f"Remedy: 1.{present[1] + (MINORS_BESIDE if wanted > present else -MINORS_BESIDE)} first"
            )


def _other_version(mesh: MeshConfiguration, running: ControlPlaneThere) -> str:
    """What to say if somebody upgraded an adopted control plane, "" if nobody did."""
    if not running.version or minor_version(running.version) == minor_version(mesh.istio_version):
        return ""
    return (
        f"the adopted control plane {running.revision} runs Istio {running.version}, and meshx:mesh.istioVersion is "
        f"{mesh.istio_version}: write {running.version} there, and where machines are behind, its package "
        "(meshx:sidecar): they follow in the waves of meshx:rollout"
    )


def _of_both(configuration: StackConfiguration, there: Mapping[str, ControlPlaneThere]) -> str:
    """What becomes of a control plane that stays for as long as somebody is connected to it."""
    mesh = configuration.mesh
    revision, previous = _named(mesh.revision), there[_named(mesh.previous_revision)]
    if revision not in there:
        return (
            f"the control plane {revision} comes beside {previous.revision}, then the gateway and all machines go over "
            f"to it{', in waves' if configuration.rollout.waves else ''}; {previous.revision} stays as it is"
        )
    if previous.trouble:
        return f"the control plane {previous.revision} stays, and does not say who is connected: {previous.trouble}"
    if previous.proxies:
        machines = {f"{one.name}.{one.workload.namespace}" for one in configuration.machines}
        mine = [name for name in previous.proxies if name in machines]
        others = len(previous.proxies) - len(mine)
        words = f"the control plane {previous.revision} stays: {_counted(previous.proxies)} connected to it"
        return f"{words} ({len(mine)} of them machines of this stack)" if mine and others else words
    goes = "goes" if mesh.install.control_plane else "is not exposed to machines any more"
    return (
        f"nobody is connected to the control plane {previous.revision}: without {KEY} it {goes}. Until then "
        f"meshx:mesh.revision leads back to it, and {KEY} would be {revision}"
    )


def _counted(proxies: tuple[str, ...]) -> str:
    return f"{enumerate_some(list(proxies))} {'is' if len(proxies) == 1 else 'are'}"
