"""A mesh for machines on other networks, from 1.1.17 to 1.4.10 by upgrades, with a given authority and with its own.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from cryptography import x509
from kubernetes import client

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.helm_records import ReleaseName, revisions
from sandbox.kubernetes import cluster
from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from tests.conformance.engine import FailedError
from tests.e2e import by_helm
from tests.e2e.classic import classic_charts, expansion_objects
from tests.e2e.classic.classic_stack import CHARTS_FOLDER, SYSTEM, VERSIONS, WITHOUT_JOINS, across_networks
from tests.e2e.classic.expansion_objects import ADDED, ADDED_CONTENT
from tests.e2e.networks import shared_root
from tests.e2e.stack import cluster_listing
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(scope="module")
def before(sandbox: None) -> dict[str, str]:
    """The cluster's objects before there is a mesh."""
    return cluster_listing.listing()


@pytest.fixture(scope="module")
def root(before: dict[str, str], new_project: MeshProject) -> str:
    """The root certificate of an authority that is there before the mesh."""
    return shared_root.give_to_cluster(new_project.owner).decode()


@pytest.fixture(scope="module")
def project(root: str, new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack that all tests of this file follow; destroyed in the end whatever happened."""
    new_project.configure(across_networks)
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def authority() -> dict[str, bytes]:
    """What the Secret of Citadel's authority holds."""
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret("cacerts", SYSTEM)
    return {name: base64.b64decode(content) for name, content in secret.data.items()}


def kept_root(project: MeshProject) -> str:
    """The root certificate that the state has."""
    (kept,) = [one["outputs"] for one in project.state() if one["type"] == "meshx:index:MeshAuthority"]
    return str(kept["root"])


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_the_whole_table_with_its_own_content(project: MeshProject, version: str) -> None:
    folder = classic_charts.unpack(project.folder / CHARTS_FOLDER, version)
    project.configure(lambda config: config["mesh"].update(istioVersion=version))
    told = project.expect("up", "--yes", "--skip-preview", *WITHOUT_JOINS).text
    table = expansion_objects.expected(version)
    assert expansion_objects.found(table) == table
    assert expansion_objects.found([ADDED]) == {ADDED: ADDED_CONTENT}
    assert set(expansion_objects.networking()) == {
        title for title in [*table, ADDED] if title[:4] not in ("Conf", "Serv")
    }
    assert "is not what it is known to be" not in told
    if version < "1.4":
        with pytest.raises(FailedError, match=r"can't give argument to non-function \$spec\.sds"):
            by_helm.install("as-it-is", folder / "istio", "as-it-is", {})
        by_helm.delete_namespace("as-it-is")
        assert f"The stack repairs it in a copy, .meshx/charts/istio-{version}, and installs that" in told
    else:
        assert "repaired" not in told
    installed = revisions(Cluster(str(KUBECONFIG), CONTEXT), ReleaseName(SYSTEM, "istio"))[-1].content["chart"]
    assert (installed["metadata"]["name"], installed["metadata"]["version"]) == ("istio", version)


def test_the_authority_that_was_there_was_taken_as_it_is(project: MeshProject, root: str) -> None:
    assert kept_root(project) == authority()["root-cert.pem"].decode() == root


def test_a_missing_authority_is_made_with_its_key_in_the_cluster_alone(project: MeshProject, root: str) -> None:
    client.CoreV1Api(cluster.api()).delete_namespaced_secret("cacerts", SYSTEM)
    told = project.expect("up", "--yes", "--skip-preview", "--refresh", *WITHOUT_JOINS).text
    assert "made Secret istio-system/cacerts" in told
    assert "the mesh's root of trust is another one now" in told
    files = authority()
    assert set(files) == {"ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"}
    certificates = (x509.load_pem_x509_certificate(files[name]) for name in ("root-cert.pem", "ca-cert.pem"))
    anchor, issuing = certificates
    issuing.verify_directly_issued_by(anchor)
    assert issuing.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert kept_root(project) == files["root-cert.pem"].decode() != root
    assert "PRIVATE KEY" not in json.dumps(project.state())


def test_a_second_up_changes_nothing(project: MeshProject) -> None:
    again = project.expect("up", "--yes", "--skip-preview", "--expect-no-changes", *WITHOUT_JOINS)
    assert set(again.changes()) <= {"unchanged"}, again.text


def test_destroy_leaves_the_cluster_as_it_was(project: MeshProject, before: dict[str, str]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert cluster_listing.listing() == before
