"""The facts of an istiod that the stack installs."""

from typing import Any

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.helm_values import merged
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.facts import ControlPlaneFacts

DNS_CAPTURE: dict[str, Any] = {"defaultConfig": {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}}
"""A default that the user can override: with it pods know the names of single machines, which no Service has."""


def installed_mesh_config(mesh: MeshConfiguration) -> dict[str, Any]:
    """`meshConfig` in the values of chart `istiod`: configured names override the user's values."""
    stated = {"trustDomain": mesh.trust_domain, "defaultConfig": {"meshId": mesh.mesh_id}}
    return merged(merged(DNS_CAPTURE, mesh.chart_values("istiod").get("meshConfig") or {}), stated)


def installed_facts(mesh: MeshConfiguration) -> ControlPlaneFacts:
    """The facts of a control plane that the stack installs, known before it runs."""
    return ControlPlaneFacts(
        cluster_name=mesh.cluster_name,
        mesh_id=mesh.mesh_id,
        network=mesh.network,
        trust_domain=mesh.trust_domain,
        revision=mesh.revision,
        system_namespace=SYSTEM_NAMESPACE,
        proxy_defaults=installed_mesh_config(mesh)["defaultConfig"],
    )
