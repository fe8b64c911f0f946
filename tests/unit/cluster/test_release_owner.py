"""Whose a release is, by Helm's records of it."""

from __future__ import annotations

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.ownership import OWNER_LABEL, owned_values
from meshx.control_plane.functions import FUNCTIONS
from tests.unit.cluster.cluster_stand_in import StandInCluster, api, cluster

__all__ = ["api", "cluster"]


def owner_of_gateway(cluster: Cluster) -> str:
    asked = {"namespace": "istio-system", "name": "gateway"}
    return FUNCTIONS["meshx:index:releaseOwner"](cluster, asked)["owner"]


def test_the_newest_revision_says_whose_it_is(api: StandInCluster, cluster: Cluster) -> None:
    assert owner_of_gateway(cluster) == ""
    api.record("istio-system/gateway", 9, "superseded", owned_values({}, {OWNER_LABEL: "ours"}))
    assert owner_of_gateway(cluster) == "ours"
    api.record("istio-system/gateway", 10, "deployed", {"service": {}})
    assert owner_of_gateway(cluster) == ""


def test_who_may_not_read_the_records_did_not_install_it(api: StandInCluster, cluster: Cluster) -> None:
    api.record("istio-system/gateway", 1, "deployed", owned_values({}, {OWNER_LABEL: "ours"}))
    api.failing = [403]
    assert owner_of_gateway(cluster) == ""


def test_a_cluster_that_fails_is_an_error(api: StandInCluster, cluster: Cluster) -> None:
    api.record("istio-system/gateway", 1, "deployed", {})
    api.failing = [400]
    with pytest.raises(ClusterError):
        owner_of_gateway(cluster)
