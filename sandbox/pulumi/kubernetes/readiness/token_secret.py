"""When a service account's token Secret is ready: the token controller has filled it (await/awaiters.go)."""

from typing import Any

from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.readiness.waiting import Look, current


def look_at_secret(cluster: Cluster, live: dict[str, Any]) -> Look:
    """One look at a Secret of type `kubernetes.io/service-account-token`."""
    secret = current(cluster, live)
    return Look(bool(secret.get("data")), secret)
