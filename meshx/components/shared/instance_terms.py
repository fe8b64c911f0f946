"""What each Istio line needs of an instance: its rights in the cluster, and the ports that it must reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from meshx.istio.ports import CITADEL_PORT, ISTIOD_TLS_PORT, PILOT_PORT
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP
from meshx.join.classic_bundle import secret_name


@dataclass(frozen=True)
class Right:
    """One verb on one object of a resource of the core API, in the workload's namespace."""

    resource: str
    name: str
    verb: str


@dataclass(frozen=True)
class InstanceTerms:
    """``rights``: all rights of its identity in the cluster, for its workload's service account.

    ``with_token``: whether it shows a token, and has no identity in a Secret. ``control_ports``: the gateway's ports
    for the control plane.
    """

    rights: Callable[[str], tuple[Right, ...]]
    with_token: bool
    control_ports: tuple[int, ...]


def _token_and_root(account: str) -> tuple[Right, ...]:
    return (
        Right("serviceaccounts/token", account, "create"),
        Right("configmaps", ROOT_CERTIFICATE_CONFIG_MAP, "get"),
    )


def _secret(account: str) -> tuple[Right, ...]:
    return (Right("secrets", secret_name(account), "get"),)


ISTIOD_TERMS = InstanceTerms(_token_and_root, True, (ISTIOD_TLS_PORT,))
CLASSIC_TERMS = InstanceTerms(_secret, False, (PILOT_PORT, CITADEL_PORT))
