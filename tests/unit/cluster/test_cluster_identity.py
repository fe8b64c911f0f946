"""The plugin works with the cluster that the stack is of, and with no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.provider.meshx_plugin import MeshxPlugin
from tests.unit.control_plane.test_exposed_services_function import ClusterWithServices
from tests.unit.stand_ins.api_stand_in import ApiServer

UID = "0f5bd3b2-9c1f-4f0e-8a43-6f6f2a1f7c55"
OTHER = "6a1c2f0e-1111-4222-8333-444455556666"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[str]:
    """A kubeconfig of a cluster with that UID."""
    objects = {"/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": UID}}}
    api = ClusterWithServices(objects=objects)
    server = ApiServer(api)
    yield str(api.kubeconfig(tmp_path))
    server.close()


def _configure(kubeconfig: str, uid: str) -> None:
    MeshxPlugin().configure(
        {"kubeconfigFile": kubeconfig, "context": "tests", "clusterUid": uid}, Operation("", "", "")
    )


def test_the_stacks_own_cluster_is_taken(kubeconfig: str) -> None:
    _configure(kubeconfig, UID)


def test_another_cluster_is_refused_with_both_and_what_to_correct(kubeconfig: str) -> None:
    with pytest.raises(ResourceError) as refused:
        _configure(kubeconfig, OTHER)
    assert f"leads to the cluster {UID}, and this stack's is {OTHER}" in str(refused.value)
    assert "Correct meshx:cluster.context" in str(refused.value)
