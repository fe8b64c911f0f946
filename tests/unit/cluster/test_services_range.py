"""Where the range of the cluster's services comes from."""

import pytest

from meshx.cluster.services_range import (
    GkeCluster,
    UnknownServicesRangeError,
    gke_cluster,
    services_range,
)


@pytest.mark.parametrize(
    ("written", "of_gke", "of_cluster", "expected"),
    [
        ("172.21.0.0/16", "10.0.0.0/20", ["10.96.0.0/16"], "172.21.0.0/16"),
        ("auto", "10.0.0.0/20", ["10.96.0.0/16"], "10.0.0.0/20"),
        ("auto", "", ["10.96.0.0/16"], "10.96.0.0/16"),
        ("auto", "", ["10.96.0.0/16", "fd00:10::/112"], "10.96.0.0/16,fd00:10::/112"),
    ],
)
def test_what_is_written_counts_before_gke_and_gke_before_the_cluster(written, of_gke, of_cluster, expected):
    assert services_range(written, of_gke, of_cluster) == expected


def test_a_range_is_never_guessed():
    with pytest.raises(
        UnknownServicesRangeError, match=r"meshx:cluster\.servicesCidr has to be written.*servicesIpv4Cidr"
    ):
        services_range("auto", "", [])


@pytest.mark.parametrize(
    ("context", "cluster"),
    [
        ("gke_my-project_europe-west1_mesh", GkeCluster("my-project", "europe-west1", "mesh")),
        ("gke_my-project_europe-west1-b_mesh_2", GkeCluster("my-project", "europe-west1-b", "mesh_2")),
        ("my-context", None),
        ("gke_my-project", None),
    ],
)
def test_a_context_of_gclouds_names_the_cluster(context, cluster):
    assert gke_cluster(context) == cluster
