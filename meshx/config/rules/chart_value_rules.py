"""The shapes of chart values: groups of keys where a chart has groups, texts and numbers where it has those.

Helm says nothing of a list or a text in a group's place: it leaves it out. meshx reads some, and lays its own over it.
"""

import re
from collections.abc import Iterator
from typing import cast

from meshx.config.errors.problems import Problem
from meshx.config.errors.words import show
from meshx.config.rules.written import Written
from meshx.istio.metadata_names import SET_BY_MESHX, refused_names

GROUPS = {
    "base": ("global", "base", "experimental"),
    "istiod": (
        *("global", "global.multiCluster", "global.proxy", "global.proxy_init", "global.logging", "global.sds"),
        *("meshConfig", "meshConfig.defaultConfig", "meshConfig.defaultConfig.proxyMetadata", "global.meshNetworks"),
        *("env", "resources", "podAnnotations", "podLabels", "nodeSelector", "affinity", "sidecarInjectorWebhook"),
        *("telemetry", "experimental"),
    ),
    "gateway": (
        *("global", "service", "service.annotations", "env", "labels", "annotations", "podAnnotations", "resources"),
        *("nodeSelector", "affinity", "serviceAccount", "autoscaling", "networkGatewayPorts", "rbac"),
    ),
    "istioInit": ("global", "certmanager"),
    "istio": (
        *("global", "global.meshExpansion", "global.multiCluster", "global.mtls", "global.proxy"),
        *("global.meshNetworks",),
        *("security", "istiocoredns", "pilot", "mixer", "galley", "gateways", "gateways.istio-egressgateway"),
        *("gateways.istio-egressgateway.env", "gateways.istio-ingressgateway", "sidecarInjectorWebhook"),
    ),
}
"""Source: values.yaml of each chart, of 1.31 and of 1.4.10."""
NEVER_EMPTY = frozenset(
    (
        *("global", "global.multiCluster", "global.mtls", "global.meshExpansion", "meshConfig"),
        *("meshConfig.defaultConfig", "security", "gateways", "gateways.istio-egressgateway", "istiocoredns"),
    )
)
"""Groups whose keys meshx or the charts' templates read. For others, nothing means that there are to be none."""
FLAGS = {
    "istio": (
        *("global.mtls.enabled", "global.mtls.auto", "security.selfSigned", "global.controlPlaneSecurityEnabled"),
        *("global.meshExpansion.enabled", "istiocoredns.enabled"),
    ),
}
TEXTS_BELOW = {"istiod": ("meshConfig.defaultConfig.proxyMetadata",)}
"""Groups of which every value is a text: istiod takes no mesh configuration with another one (map<string, string>)."""
PORTS = {"istiod": ("meshConfig.defaultConfig.statusPort",)}


def problems(stack: Written) -> Iterator[Problem]:
    """Values of another shape than the one that chart and program read."""
    values = stack.get("mesh", "values")
    for chart, paths in GROUPS.items():
        for path in paths:
            yield from _group(values.get(chart), path)
    for chart, paths in FLAGS.items():
        for place in (values.get(chart, *path.split(".")) for path in paths):
            if place and not isinstance(place.value, bool):
                yield Problem(place.location, f"expected true or false, found {show(place.value)}", "true or false")
    for chart, paths in TEXTS_BELOW.items():
        for path in paths:
            yield from _texts(values.get(chart, *path.split(".")))
    for place in values.get("istiod", "meshConfig", "defaultConfig", "proxyMetadata").entries():
        if refused_names({str(place.location[-1])} - SET_BY_MESHX):
            yield Problem(
                place.location,
                "on a machine such a name decides what runs as root",
                "another name: capital letters, digits and _, and none that shell, loader or istio-start.sh read",
            )
    for chart, paths in PORTS.items():
        for place in (values.get(chart, *path.split(".")) for path in paths):
            if place and not 0 < (place.number or 0) < 65536:  # noqa: PLR2004 - the ports there are
                yield Problem(place.location, f"expected a port number, found {show(place.value)}", "such as 15020")


def _group(values: Written, path: str) -> Iterator[Problem]:
    around, _, key = path.rpartition(".")
    above = values.get(*around.split(".")) if around else values
    place = next((one for one in above.entries() if one.location[-1] == key), None)
    if place is None or (place.value is None and path not in NEVER_EMPTY):
        return
    if place.value is None:
        yield Problem(
            place.location,
            "nothing stands under it, and that takes the chart's own keys away",
            "keys under it, or leave it out",
        )
    elif not isinstance(place.value, dict):
        yield Problem(
            place.location, f"expected a group of keys, found {show(place.value)}", f"{key}: {_sample(place.value)}"
        )


def _sample(value: object) -> str:
    """How the names of a list of names and values, as pods have them, stand in a chart's values."""
    entries = cast("list[object]", value) if isinstance(value, list) else []
    names = [Written((), entry).get("name").text for entry in entries]
    if names and all(re.fullmatch(r"\w{1,60}", name) for name in names):
        return "{" + ", ".join(f'{name}: "..."' for name in names) + "}"
    return "{<key>: <value>}"


def _texts(group: Written) -> Iterator[Problem]:
    for place in group.entries():
        if not isinstance(place.value, str):
            yield Problem(
                place.location,
                f"expected a text, found {show(place.value)}",
                f'the text as it is meant, in quotes: {place.location[-1]}: "..."',
            )
