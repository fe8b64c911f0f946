"""What the doctor says of a cluster that does not answer."""

from meshx.cluster.cluster_client import ClusterError
from meshx.doctor.examination import _cluster_finding  # pyright: ignore[reportPrivateUsage]


def test_the_command_to_try_names_the_stacks_own_context() -> None:
    for context, word in (("gke_my-project_europe-west1_mesh", "gke_my-project_europe-west1_mesh"), ("a b", "'a b'")):
        finding = _cluster_finding(ClusterError("no answer"), context)
        assert f"`kubectl --context {word} get nodes`" in finding.remedy
