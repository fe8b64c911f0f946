"""What a mesh of each line asks of an instance: who it has to be in the cluster, and what it has to reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from meshx.istio.identities import TOKEN_AUDIENCE
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
    """``rights``: what its identity may do in the cluster, by its workload's service account; nothing else.

    ``token_audience``: for whom it asks a token, "" where its identity is kept in a Secret. ``control_ports``: those of
    the gateway by which it reaches the control plane.
    """

    rights: Callable[[str], tuple[Right, ...]]
    token_audience: str
    control_ports: tuple[int, ...]


def _token_and_root(account: str) -> tuple[Right, ...]:
    return (
        Right("serviceaccounts/token", account, "create"),
        Right("configmaps", ROOT_CERTIFICATE_CONFIG_MAP, "get"),
    )


def _secret(account: str) -> tuple[Right, ...]:
    return (Right("secrets", secret_name(account), "get"),)


ISTIOD_TERMS = InstanceTerms(_token_and_root, TOKEN_AUDIENCE, (ISTIOD_TLS_PORT,))
CLASSIC_TERMS = InstanceTerms(_secret, "", (PILOT_PORT, CITADEL_PORT))
