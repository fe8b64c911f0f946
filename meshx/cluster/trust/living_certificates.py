"""Who may still hold a certificate from before some moment: pods by their proxies, machines by a certificate's life.

A proxy keeps its certificate in memory, so one that started later has a later one. Any other has ended after the life
that the proxy asks for (SECRET_TTL in pilot/cmd/pilot-agent/options/options.go of Istio 1.31: a day unless it is set).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import listed, part
from meshx.config.errors.words import enumerate_some

PROXY = "istio-proxy"
"""The container's name in pods with a sidecar, of gateways, waypoints and ztunnels alike."""
LIFETIME = timedelta(days=1)
MARGIN = timedelta(minutes=1)
"""For clocks that differ."""
_POD = "pod "
INSTANCES = "instances that join by themselves"
OF_OTHER_PARTS = "machines of further parts"
"""What holders are called of which nobody knows the names."""
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True)
class Holder:
    """Who holds such a certificate, in words, and when the last of them ends."""

    name: str
    until: datetime

    @property
    def is_pod(self) -> bool:
        """Whether it is a pod."""
        return self.name.startswith(_POD)

    @property
    def is_machine(self) -> bool:
        """Whether it is a machine that the stack joins over SSH."""
        return not self.is_pod and self.name not in (INSTANCES, OF_OTHER_PARTS)


@dataclass(frozen=True)
class Proxies:
    """All proxies of a mesh at a moment. pods: the objects. others: those outside the cluster, in words, each with the
    life of its certificates."""

    pods: Sequence[Mapping[str, Any]]
    others: Mapping[str, timedelta]
    now: datetime

    def from_before(self, moment: datetime, cleared: Collection[str] = ()) -> list[Holder]:
        """Who may hold a certificate from before it; cleared: those outside of which it is known that they do not."""
        others = {name: life for name, life in self.others.items() if name not in cleared}
        found = [*self._pods(moment), *(Holder(name, moment + life) for name, life in others.items())]
        return [holder for holder in found if holder.until + MARGIN > self.now]

    def _pods(self, moment: datetime) -> Iterator[Holder]:
        for pod in self.pods:
            started = _started(pod)
            if started is not None and started <= moment:
                metadata = part(pod, "metadata")
                yield Holder(f"{_POD}{metadata.get('namespace')}/{metadata.get('name')}", moment + _lifetime(pod))


def present_pods(cluster: Cluster) -> list[dict[str, Any]]:
    """Every pod of the cluster that has a proxy. ClusterError."""
    return [pod for pod in listed(cluster, "/api/v1/pods") if _started(pod) is not None]


def holders_words(holders: Sequence[Holder]) -> str:
    """Holders in words: pods, who else, and until when."""
    names = sorted(holder.name for holder in holders)
    pods = sorted(holder.name for holder in holders if holder.is_pod)
    groups = (pods, [name for name in names if name not in pods])
    told = "; ".join(enumerate_some(group) for group in groups if group)
    return f"{told}, until {max(holder.until for holder in holders) + MARGIN:%Y-%m-%dT%H:%M:%SZ}"


def _started(pod: Mapping[str, Any]) -> datetime | None:
    """When the present run of a pod's proxy began; None if none runs."""
    status = part(pod, "status")
    for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        text = part(part(one, "state"), "running").get("startedAt")
        if one.get("name") == PROXY and text:
            return datetime.strptime(str(text)[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return None


def _lifetime(pod: Mapping[str, Any]) -> timedelta:
    spec = part(pod, "spec")
    for one in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for variable in one.get("env") or () if one.get("name") == PROXY else ():
            if variable.get("name") == "SECRET_TTL":
                return lifetime(str(variable.get("value", "")))
    return LIFETIME


def lifetime(text: str) -> timedelta:
    """A value of SECRET_TTL, a duration as Go writes it, such as 24h0m0s; the default for what Go would not read."""
    if not re.fullmatch(r"(?:\d+(?:\.\d+)?(?:h|ms|m|s))+", text):
        return LIFETIME
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|s)", text)
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
