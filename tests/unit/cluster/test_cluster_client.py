"""The cluster's client, loaded while something else is waited for."""

from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError


def test_what_is_wrong_with_a_kubeconfig_is_told_by_the_call_that_needs_it_and_not_beforehand(tmp_path: Path) -> None:
    cluster = Cluster(str(tmp_path / "missing"), "nowhere")
    cluster.prepare()

    def request(client: Any) -> None:
        raise AssertionError("there is no client to call with")

    with pytest.raises(ClusterError, match="cannot be used"):
        cluster.call("looking", request)
