"""The facts of an istiod that the stack installs."""

from dataclasses import replace
from typing import Any

from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.helm_values import merged
from meshx.control_plane.adopted_facts import mapping
from meshx.control_plane.signing_authority import signing_authority
from meshx.istio.ambient import AMBIENT, AMBIENT_VARIABLE
from meshx.istio.api_versions import objects_version
from meshx.istio.join_settings import DUAL_STACK, IstiodSettings
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import istiod_address

DNS_CAPTURE: dict[str, Any] = {"defaultConfig": {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}}
"""A default that the user can override: with it pods know the names of single machines, which no Service has."""


def installed_mesh_config(mesh: MeshConfiguration) -> dict[str, Any]:
    """`meshConfig` in the values of chart `istiod`: configured names override the user's values."""
    proxies = {"meshId": mesh.mesh_id, **({"proxyMetadata": {DUAL_STACK: "true"}} if mesh.dual_stack else {})}
    stated = {"trustDomain": mesh.trust_domain, "defaultConfig": proxies}
    return merged(merged(DNS_CAPTURE, mesh.chart_values("istiod").get("meshConfig") or {}), stated)


def installed_settings(mesh: MeshConfiguration) -> IstiodSettings:
    """The settings of the istiod that the stack installs."""
    values = mesh.chart_values("istiod")
    # Charts before 1.24 have it below `pilot`, and later ones take it there, too.
    profile = {AMBIENT_VARIABLE: "true"} if values.get("profile") == AMBIENT else {}
    environment = {**profile, **mapping(mapping(values.get("pilot")).get("env")), **mapping(values.get("env"))}
    if mesh.dual_stack:
        environment[DUAL_STACK] = "true"
    plain = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in environment.items()}
    return IstiodSettings(values, installed_mesh_config(mesh), plain)


def gateways_namespace(mesh: MeshConfiguration, settings: IstiodSettings) -> str:
    """The namespace of Istio Gateways for the gateway: istiod's, unless that looks for them where the gateway is."""
    return mesh.gateway.namespace if settings.scopes_gateways else SYSTEM_NAMESPACE


def installed_facts(mesh: MeshConfiguration) -> ControlPlaneFacts:
    """The facts of a control plane that the stack installs, known before it runs."""
    config, settings = installed_mesh_config(mesh), installed_settings(mesh)
    facts = ControlPlaneFacts(
        cluster_name=mesh.cluster_name,
        mesh_id=mesh.mesh_id,
        network=mesh.network,
        trust_domain=mesh.trust_domain,
        revision=mesh.revision,
        system_namespace=SYSTEM_NAMESPACE,
        proxy_defaults=config["defaultConfig"],
        objects_api=objects_version(mesh.istio_version),
        gateways_namespace=gateways_namespace(mesh, settings),
        root_namespace=str(config.get("rootNamespace") or SYSTEM_NAMESPACE),
        ambient=settings.ambient,
        registers_tunnels=settings.registers_tunnels(mesh.istio_version),
    )
    authority, _ = signing_authority(mesh, settings, istiod_address(facts))
    return replace(facts, authority=authority)
