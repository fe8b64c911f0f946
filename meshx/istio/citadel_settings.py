"""All settings of Citadel's (Istio 1.1 to 1.4) that a machine's join depends on: it needs a Secret with its identity.

Source: security/cmd/istio_ca/main.go of 1.1.17 and 1.4.10, its flags and variables, and
security/pkg/k8s/controller/workloadsecret.go, namespaceIsManaged. Of no matter to a machine are the lifetimes, and SDS,
which is for pods. By what Citadel signs, and in which trust domain, is looked at in running_control_plane.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from meshx.istio.ports import CITADEL_PORT

LISTENED_VARIABLE = "NAMESPACE"
BY_DEFAULT_VARIABLE = "CITADEL_ENABLE_NAMESPACES_BY_DEFAULT"
OVERRIDE_LABEL, CITADEL_LABEL = "ca.istio.io/override", "ca.istio.io/env"
_FALSE = ("0", "f", "false")
_TRUE = ("1", "t", "true")


def unfit_citadel(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    namespaces: Mapping[str, Mapping[str, str]],
    system_namespace: str,
) -> Iterator[str]:
    """Each setting by which machines could not join, in words with the remedy.

    arguments, environment: those of its container. namespaces: the machines', with their labels.
    """
    flags = _flags(arguments)
    if flags.get("server-only", "").lower() in _TRUE:
        yield "Citadel writes no Secrets (--server-only), and machines have their identity from one. Remedy: without it"
    port = flags.get("grpc-port", str(CITADEL_PORT))
    if port != str(CITADEL_PORT):
        yield (
            f"Citadel signs on port {port} (--grpc-port), and the gateway leads machines to {CITADEL_PORT}. Remedy: "
            f"--grpc-port={CITADEL_PORT}"
        )
    stated = flags.get("listened-namespaces") or flags.get("listened-namespace") or environment.get(LISTENED_VARIABLE)
    listened = [one for one in (stated or "").split(",") if one]
    by_default = environment.get(BY_DEFAULT_VARIABLE, "").lower() not in _FALSE
    for name, labels in namespaces.items():
        if listened and name not in listened:
            yield (
                f"Citadel looks at {', '.join(listened)} alone (--listened-namespaces), and so at no identity in "
                f"{name}. Remedy: {name} among them"
            )
        elif not _is_managed(labels, by_default, system_namespace):
            yield (
                f"Citadel leaves namespace {name} out ({BY_DEFAULT_VARIABLE}, or its labels). Remedy: kubectl label "
                f"--overwrite namespace {name} {OVERRIDE_LABEL}=true"
            )


def _is_managed(labels: Mapping[str, str], by_default: bool, system_namespace: str) -> bool:
    override = labels.get(OVERRIDE_LABEL, "").lower()
    if override in (*_TRUE, *_FALSE):
        return override in _TRUE
    if CITADEL_LABEL in labels:
        return labels[CITADEL_LABEL] == system_namespace
    return by_default


def _flags(arguments: Sequence[str]) -> dict[str, str]:
    """Flags by name; one without a value is `true`."""
    found: dict[str, str] = {}
    for word in arguments:
        if word.startswith("--"):
            name, written, value = word[2:].partition("=")
            found[name] = value if written else "true"
    return found
