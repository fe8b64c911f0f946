"""The environment that a file is of, and what follows from it."""

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load

UID = "0F5BD3B2-9c1f-4f0e-8a43-6f6f2a1f7c55"


@pytest.mark.parametrize("stack", ["prod", "prod-eu"])
def test_a_file_is_taken_by_the_stacks_of_its_environment(values, project, stack):
    values["environment"] = {"name": "prod", "clusterUid": UID, "protect": True}
    environment = load(values, project, stack=stack).environment
    assert (environment.name, environment.cluster_uid, environment.protect) == ("prod", UID.lower(), True)


@pytest.mark.parametrize("stack", ["staging", "production", "dev-prod"])
def test_a_file_is_refused_by_the_stacks_of_other_environments(values, project, stack):
    values["environment"] = {"name": "prod"}
    with pytest.raises(ConfigurationError) as raised:
        load(values, project, stack=stack)
    (problem,) = raised.value.problems
    assert problem.path == "meshx:environment.name"
    assert f"belongs to environment prod, and the stack is called {stack}" in problem.wrong


def test_a_file_that_names_no_environment_is_taken_by_any_stack_and_protects_nothing(values, project):
    environment = load(values, project, stack="mine").environment
    assert (environment.name, environment.cluster_uid, environment.protect) == (None, None, False)


def test_what_is_no_uid_is_refused_with_where_to_find_it(refused, values):
    values["environment"] = {"clusterUid": "my-cluster"}
    assert "kubectl get namespace kube-system" in refused(values)["meshx:environment.clusterUid"]


def test_mutual_tls_is_made_strict_only_in_a_mesh_that_the_stack_installs(refused, loaded, values):
    values["mesh"]["mutualTls"] = "strict"
    assert loaded(values).mesh.mutual_tls == "strict"
    values["mesh"]["install"] = {"controlPlane": False}
    assert "up to its owner" in refused(values)["meshx:mesh.mutualTls"]


def test_mutual_tls_of_the_classic_line_is_a_value_of_its_chart(refused, values):
    values["mesh"] = {"istioVersion": "1.4.10", "mutualTls": "strict"}
    assert "has no PeerAuthentication" in refused(values)["meshx:mesh.mutualTls"]
