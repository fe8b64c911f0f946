"""Whether machines can join a control plane as it is set up: a running one, or one that the stack is to install."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from meshx.cluster.ownership import OWNER_LABEL
from meshx.config.stack import StackConfiguration
from meshx.control_plane.adopted_facts import mapping
from meshx.control_plane.signing_authority import signing_authority
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.join_settings import IstiodSettings, Need, Source, unfit_settings, unseen_namespaces
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import istiod_address

_RUNNING = {
    Source.VALUES: "{} in the values that the running istiod's injector has (ConfigMap istio-sidecar-injector)",
    Source.MESH: "{} in the mesh configuration of the running istiod (ConfigMap istio)",
    Source.ENVIRONMENT: "{} in the environment of the running istiod (its Deployment)",
}
_INSTALLED = {Source.VALUES: "{}", Source.MESH: "meshConfig.{}", Source.ENVIRONMENT: "env.{}"}
NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"
"""The label that Kubernetes gives every namespace."""


def running_settings(found: Mapping[str, Any]) -> IstiodSettings:
    """The settings of a running istiod, from the result of `meshx:index:runningIstiod`."""
    return IstiodSettings(
        mapping(json.loads(found["injectorValues"])),
        mapping(yaml.safe_load(found["mesh"])),
        found.get("environment") or {},
    )


def refuse_unfit(
    configuration: StackConfiguration,
    settings: IstiodSettings,
    facts: ControlPlaneFacts,
    namespaces: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise UnfitMeshError with every setting because of which machines of the stack could not join or take part.

    namespaces: those of its workloads that exist, with their labels.
    """
    installed = configuration.mesh.install.control_plane
    names = _INSTALLED if installed else _RUNNING
    prefix = "meshx:mesh.values.istiod." if installed else ""

    def where(source: Source, path: str) -> str:
        return prefix + names[source].format(path)

    istiod = istiod_address(facts)
    problems = list(unfit_settings(settings, needs(configuration), istiod, where))
    problems += signing_authority(configuration.mesh, settings, istiod)[1]
    for namespace in unseen_namespaces(settings.mesh, {**namespaces, **_own_namespaces(configuration)}):
        problems.append(
            f"{where(Source.MESH, 'discoverySelectors')} leaves out namespace {namespace}, so istiod sees no workload "
            f"there. Remedy: a label that one of them selects (kubectl label namespace {namespace} ..., or "
            "meshx:labels for namespaces of the stack's own)"
        )
    if problems:
        raise UnfitMeshError("\n".join(problems))


def needs(configuration: StackConfiguration) -> set[Need]:
    """What the stack needs of a control plane."""
    found: set[Need] = set()
    for workload in configuration.workloads:
        if not workload.members and workload.group is None:
            continue
        found.add(Need.JOIN)
        if any(machine.second_address for machine in workload.members):
            found.add(Need.BOTH_FAMILIES)
        if configuration.mesh.certificate_authority is None:
            found.add(Need.SIGNING)
        if workload.group is not None:
            found.add(Need.GROUP)
        if workload.ports:
            found.add(Need.SERVICE)
        if workload.tunnel == "hbone":
            found.add(Need.TUNNEL)
        if workload.effective_probe is not None:
            found.add(Need.HEALTH)
    return found


def workload_namespaces(configuration: StackConfiguration) -> list[str]:
    """The namespaces of workloads that the stack does not make itself."""
    made = {workload.namespace for workload in configuration.workloads if workload.create_namespace}
    return sorted({workload.namespace for workload in configuration.workloads} - made)


def _own_namespaces(configuration: StackConfiguration) -> dict[str, dict[str, str]]:
    return {
        workload.namespace: {**configuration.labels, OWNER_LABEL: "", NAME_OF_NAMESPACE: workload.namespace}
        for workload in configuration.workloads
        if workload.create_namespace
    }
