"""What a `kubernetes.Provider` was given: read, checked and compared as the official plugin does (provider.go)."""

import os
from dataclasses import dataclass
from typing import Any

from meshx.provider.custom_resource import CheckFailure, Diff
from meshx.provider.property_values import UNKNOWN
from sandbox.pulumi.kubernetes.kubeconfig import Kubeconfig, active_cluster, given, parse

# Taken, and the variables that stand in for them. The first has no other effect than that of DiffConfig.
_SERVED = {
    "clusterIdentifier": "",
    "context": "",
    "deleteUnreachable": "PULUMI_K8S_DELETE_UNREACHABLE",
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "enableServerSideApply": "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
    "kubeconfig": "",
    "namespace": "",
    "skipUpdateUnreachable": "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
    "suppressDeprecationWarnings": "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
    "suppressHelmHookWarnings": "PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
}
_ENGINES_OWN = ("version", "pluginDownloadURL", "__internal")


@dataclass(frozen=True)
class Configuration:
    """A provider's configuration, defaults filled in."""

    kubeconfig: Kubeconfig
    namespace: str
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    mutable_config_maps: bool = False
    mutable_secrets: bool = False
    patch_force: bool = False
    upsert: bool = False


def read(values: dict[str, Any]) -> Configuration:
    """The configuration that the values mean (flags come as `true` or `"true"`), environment variables included."""
    kubeconfig = given(str(values.get("kubeconfig") or ""), str(values.get("context") or ""))
    return Configuration(
        kubeconfig=kubeconfig,
        namespace=str(values.get("namespace") or "") or kubeconfig.namespace(),
        delete_unreachable=_flag(values, "deleteUnreachable"),
        skip_update_unreachable=_flag(values, "skipUpdateUnreachable"),
        mutable_config_maps=_flag(values, "enableConfigMapMutable"),
        mutable_secrets=_flag(values, "enableSecretMutable"),
        patch_force=_flag(values, "enablePatchForce"),
        upsert=_flag(values, "upsertExistingObjects"),
    )


def failures(values: dict[str, Any]) -> list[CheckFailure]:
    """What of a configuration this plugin does not do, by name."""
    found = [
        CheckFailure(name, f"the sandbox's kubernetes plugin does not do {name}; use the official plugin")
        for name, value in values.items()
        if name not in _SERVED and name not in _ENGINES_OWN and value not in (None, "", False, "false")
    ]
    if not _flag(values, "enableServerSideApply", otherwise=True):
        reason = "the sandbox's kubernetes plugin only does server-side apply; leave it on or use the official plugin"
        found.append(CheckFailure("enableServerSideApply", reason))
    return found


def compare(olds: dict[str, Any], news: dict[str, Any]) -> Diff:
    """What a change of configuration takes: a replacement of everything if the active cluster is another one.

    (provider.go, DiffConfig.) A kubeconfig that is not known yet counts as another cluster, unless both sides give
    the same `clusterIdentifier`, which then decides alone.
    """
    changed = [name for name in sorted({*olds, *news}) if olds.get(name) != news.get(name)]
    if news.get("clusterIdentifier") not in (None, ""):
        replaces = changed if olds.get("clusterIdentifier") not in (None, news["clusterIdentifier"]) else []
        if "clusterIdentifier" in olds or not changed:
            return Diff(changes=bool(changed), replaces=replaces)
    if news.get("kubeconfig") is UNKNOWN:
        return Diff(changes=True, replaces=["kubeconfig"])
    moved = _active(olds) != _active(news)
    return Diff(changes=bool(changed), replaces=changed if moved else [])


def _active(values: dict[str, Any]) -> dict[str, Any]:
    text = values.get("kubeconfig")
    if not isinstance(text, str) or not text:
        return {}
    try:
        config = parse(text)
    except ValueError:
        # A path: the official plugin compares contents only, and its parser takes a path for an empty kubeconfig.
        return {}
    context = values.get("context")
    return active_cluster(config, context if isinstance(context, str) else None)


def _flag(values: dict[str, Any], name: str, otherwise: bool = False) -> bool:
    value = values.get(name)
    if value is None or value == "":
        value = os.environ.get(_SERVED[name])
    return otherwise if value is None else str(value).lower() == "true"
