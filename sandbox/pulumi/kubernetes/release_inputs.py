"""What a Helm release is given: which inputs this plugin serves, their defaults, and the flags they become.

(Official plugin: helm_release.go: Check, setDefaults, helmCreate, helmUpdate.)
"""

import secrets
from collections.abc import Mapping
from typing import Any

import yaml

from meshx.provider.custom_resource import CheckFailure
from meshx.provider.property_values import Asset, Unknown
from sandbox.pulumi.kubernetes.release_chart import chart_flags

_DEFAULT_SECONDS = 300
_REFUSED = ("lint", "manifest", "postrender")
_REFUSED_OF_REPOSITORY = ("username", "password")
_NOT_INPUTS = ("compat", "resourceNames", "status", "checksum")

_SWITCHES_OF_BOTH = {
    "atomic": "--atomic",
    "dependencyUpdate": "--dependency-update",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "renderSubchartNotes": "--render-subchart-notes",
    "takeOwnership": "--take-ownership",
}
_SWITCHES_OF_INSTALL = {
    **_SWITCHES_OF_BOTH,
    "createNamespace": "--create-namespace",
    "disableWebhooks": "--no-hooks",
    "replace": "--replace",
    "skipCrds": "--skip-crds",
}
_SWITCHES_OF_UPGRADE = {
    **_SWITCHES_OF_BOTH,
    "cleanupOnFail": "--cleanup-on-fail",
    "disableCRDHooks": "--no-hooks",
    "forceUpdate": "--force",
    "recreatePods": "--recreate-pods",
    "resetValues": "--reset-values",
    "reuseValues": "--reuse-values",
}


def with_defaults(
    news: dict[str, Any], olds: dict[str, Any] | None, resource_name: str, default_namespace: str
) -> dict[str, Any]:
    """The inputs with name, namespace and timeout filled in; files of values are merged below the values."""
    inputs = {key: value for key, value in news.items() if key not in _NOT_INPUTS and value is not None}
    if olds and "name" in olds:
        inputs.setdefault("name", olds["name"])
    if not isinstance(inputs.get("name"), Unknown) and not inputs.get("name"):
        inputs["name"] = f"{resource_name}-{secrets.token_hex(4)}"
    if not isinstance(inputs.get("namespace"), Unknown) and not inputs.get("namespace"):
        inputs["namespace"] = default_namespace
    if inputs.get("skipAwait") in (None, False):
        inputs.setdefault("timeout", _DEFAULT_SECONDS)
    files = inputs.pop("valueYamlFiles", None)
    if isinstance(inputs.get("values"), dict) or files:
        from_files: dict[str, Any] = {}
        for file in files or []:
            from_files = merged(from_files, _file_values(file))
        inputs["values"] = merged(from_files, inputs.get("values") or {})
        if not inputs.get("allowNullValues"):
            inputs["values"] = without_nulls(inputs["values"])
    return inputs


def failures(news: dict[str, Any]) -> list[CheckFailure]:
    """What of the inputs this plugin does not do, by name."""
    refused = [name for name in _REFUSED if news.get(name)]
    options = news.get("repositoryOpts")
    if isinstance(options, dict):
        refused += [f"repositoryOpts.{name}" for name in _REFUSED_OF_REPOSITORY if options.get(name)]
    return [
        CheckFailure(name, f"the sandbox's kubernetes plugin does not do {name}; use the official plugin")
        for name in refused
    ]


def install_flags(inputs: dict[str, Any]) -> list[str]:
    """The flags of `helm install`."""
    return [*chart_flags(inputs), *_switches(inputs, _SWITCHES_OF_INSTALL), *_common(inputs)]


def upgrade_flags(inputs: dict[str, Any]) -> list[str]:
    """The flags of `helm upgrade`; the history is not limited unless `maxHistory` says so."""
    history = ["--history-max", str(inputs.get("maxHistory") or 0)]
    return [*chart_flags(inputs), *_switches(inputs, _SWITCHES_OF_UPGRADE), *_common(inputs), *history]


def uninstall_flags(inputs: dict[str, Any]) -> list[str]:
    """The flags of `helm uninstall`: it waits unless the release did not."""
    if inputs.get("skipAwait") and not inputs.get("atomic"):
        return []
    return ["--wait", "--timeout", _timeout(inputs)]


def _common(inputs: dict[str, Any]) -> list[str]:
    flags = ["--timeout", _timeout(inputs)]
    if not inputs.get("skipAwait"):
        flags += ["--wait", *(["--wait-for-jobs"] if inputs.get("waitForJobs") else [])]
    if inputs.get("description"):
        flags += ["--description", inputs["description"]]
    return flags


def _switches(inputs: dict[str, Any], switches: dict[str, str]) -> list[str]:
    return [flag for name, flag in switches.items() if inputs.get(name)]


def _timeout(inputs: dict[str, Any]) -> str:
    return f"{int(inputs.get('timeout') or _DEFAULT_SECONDS)}s"


def _file_values(file: Any) -> dict[str, Any]:
    if not isinstance(file, Asset):
        raise ValueError("unsupported type for 'valueYamlFiles' arg: use FileAsset or StringAsset")
    if file.text is None and file.path is None:
        raise ValueError("the sandbox's kubernetes plugin does not fetch valueYamlFiles; use FileAsset or StringAsset")
    if file.text is not None:
        return yaml.safe_load(file.text) or {}
    with open(str(file.path), encoding="utf-8") as handle:  # noqa: PTH123 (a path relative to the program's folder)
        return yaml.safe_load(handle) or {}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of values as one; what `above` says stands."""
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def without_nulls(value: Any) -> Any:
    """Values without nulls at any depth (excludeNulls)."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    return value
