"""The mesh that machines come from: what both clusters say of it, and what follows."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.cluster.authority import Authority, new_authority
from meshx.cluster.cluster_client import Cluster
from meshx.config.leaves import Leaf
from meshx.config.loading import load
from meshx.control_plane.former.former_mesh import FormerMesh, former_mesh
from meshx.control_plane.functions import FUNCTIONS, asking
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.doctor.checks.identity.former_check import check_former
from meshx.doctor.finding import State
from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.provider.mesh_authority_resource import MeshAuthority
from tests.unit.reachability.stacks import fill, machine, stack, workload
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.certificates_for_tests import Authority as Signer
from tests.unit.stand_ins.certificates_for_tests import authority, below
from tests.unit.stand_ins.istiod_for_tests import data_of, key_of
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

SYSTEM = "/api/v1/namespaces/istio-system"
CITADEL = "/apis/apps/v1/namespaces/istio-system/deployments/istio-citadel"
NOW = datetime.now(timezone.utc)
THEIRS, OURS = new_authority("cluster.local", NOW), new_authority("cluster.local", NOW)
BY_SECRET = {"spec": {"template": {"spec": {"containers": [{"args": ["--self-signed-ca=false"]}]}}}}
BY_ITSELF = {"spec": {"template": {"spec": {"containers": [{"args": ["--self-signed-ca=true"]}]}}}}
INPUTS = {
    "namespace": "istio-system",
    "labels": {"meshx/owner": "meshx.new"},
    "trustDomain": "cluster.local",
    "state": "in place",
    "source": "former",
}


def secret(authority: Authority, *entries: str) -> dict[str, Any]:
    names = entries or tuple(authority.entries)
    return {"data": {name: base64.b64encode(authority.entries[name]).decode() for name in names}}


def api_of(uid: str) -> ObjectsApi:
    api = ObjectsApi(uid=uid)
    api.objects["/api/v1/namespaces/kube-system"] = {"metadata": {"uid": uid}}
    return api


@pytest.fixture
def new() -> Iterator[ObjectsApi]:
    """The cluster that machines go to: nothing is there yet."""
    api = api_of("new")
    server = ApiServer(api)
    yield api
    server.close()


@pytest.fixture
def old() -> Iterator[ObjectsApi]:
    """The one that they come from, whose Citadel signs by Secret cacerts."""
    api = api_of("old")
    api.objects |= {CITADEL: BY_SECRET, f"{SYSTEM}/secrets/cacerts": secret(THEIRS)}
    server = ApiServer(api)
    yield api
    server.close()


@pytest.fixture
def kubeconfig(new: ObjectsApi, old: ObjectsApi, tmp_path: Path) -> str:
    file = new.kubeconfig(tmp_path)
    known = yaml.safe_load(file.read_text())
    known["clusters"].append({"name": "old", "cluster": {"server": old.url}})
    known["contexts"].append({"name": "old", "context": {"cluster": "old", "user": "tests"}})
    file.write_text(yaml.safe_dump(known))
    return str(file)


def judged(kubeconfig: str, folder: Path, more: dict[str, Any] | None = None, **mesh: Any) -> FormerMesh:
    values = stack(workload(machine(1)), mesh={"istioVersion": "1.31.2", **mesh})
    (folder / "stack").mkdir()
    configuration = load({**values, "former": {"context": "old"}, **(more or {})}, fill(folder / "stack"))
    return former_mesh(configuration, "istio-system", asking(Cluster(kubeconfig, "tests")))


def created(kubeconfig: str) -> dict[str, Any]:
    resource = MeshAuthority({"kubeconfigFile": kubeconfig, "context": "tests", "formerContext": "old"})
    return dict(resource.create(INPUTS, Operation("urn", "meshx:index:MeshAuthority", "authority"))[1])


def test_a_new_istiod_is_to_sign_by_the_authority_of_the_former_mesh(kubeconfig: str, tmp_path: Path) -> None:
    found = judged(kubeconfig, tmp_path)
    assert found.shares_authority
    assert found.words == "this mesh signs by the authority of the former one (context old), so both trust both"
    assert not found.warning


@pytest.mark.parametrize("signs", [BY_SECRET, BY_ITSELF], ids=["by cacerts", "by a root of its own"])
def test_the_authority_is_made_of_what_citadel_signs_with_and_its_key_is_in_no_state(
    kubeconfig: str, new: ObjectsApi, old: ObjectsApi, signs: dict[str, Any]
) -> None:
    old.objects[CITADEL] = signs
    if signs is BY_ITSELF:
        del old.objects[f"{SYSTEM}/secrets/cacerts"]
        old.objects[f"{SYSTEM}/secrets/istio-ca-secret"] = secret(THEIRS, "ca-cert.pem", "ca-key.pem")
    state = created(kubeconfig)
    made = new.objects[f"{SYSTEM}/secrets/cacerts"]["data"]
    assert made == secret(THEIRS)["data"]
    assert (state["root"], state["made"]) == (THEIRS.root, True)
    assert made["ca-key.pem"] not in str(state)


def test_a_former_mesh_without_an_authority_is_told_with_the_remedy(kubeconfig: str, old: ObjectsApi) -> None:
    del old.objects[f"{SYSTEM}/secrets/cacerts"]
    with pytest.raises(
        ResourceError, match=r"can't be taken over \(Secret istio-system/cacerts of context old: .* here"
    ):
        created(kubeconfig)


def of_a_tls_secret(authority: Authority) -> dict[str, Any]:
    names = {"tls.crt": "ca-cert.pem", "tls.key": "ca-key.pem", "ca.crt": "root-cert.pem"}
    return {"data": {name: secret(authority)["data"][entry] for name, entry in names.items()}}


def test_an_authority_in_the_form_that_istiod_prefers_stays(kubeconfig: str, new: ObjectsApi, tmp_path: Path) -> None:
    new.objects[f"{SYSTEM}/secrets/cacerts"] = there = of_a_tls_secret(THEIRS)
    state = created(kubeconfig)
    assert (state["root"], state["made"]) == (THEIRS.root, False)
    assert new.objects[f"{SYSTEM}/secrets/cacerts"] == there
    assert "both trust O=cluster.local" in judged(kubeconfig, tmp_path).words


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (secret(THEIRS, "ca-cert.pem"), "ca-key.pem"),
        ({"data": {**secret(THEIRS)["data"], "tls.crt": ""}}, "istiod takes tls.crt before .* tls.key and ca.crt is"),
    ],
)
def test_a_bad_one_is_not_to_be_deleted_under_a_running_istiod(
    kubeconfig: str, new: ObjectsApi, there: dict[str, Any], words: str
) -> None:
    new.objects[f"{SYSTEM}/secrets/cacerts"] = there
    with pytest.raises(ResourceError, match=f"istiod can't sign by the Secret .*{words}") as refused:
        created(kubeconfig)
    assert "delete" not in str(refused.value)


def test_an_istiod_that_made_its_own_root_since_the_preview_gets_no_other(kubeconfig: str, new: ObjectsApi) -> None:
    new.objects[f"{SYSTEM}/secrets/istio-ca-secret"] = secret(OURS, "ca-cert.pem", "ca-key.pem")
    with pytest.raises(ResourceError, match=r"has a root that it made itself .* it leaves istiod its root"):
        created(kubeconfig)
    assert f"{SYSTEM}/secrets/cacerts" not in new.objects


def test_another_root_under_istiod_is_told_with_its_name(kubeconfig: str, new: ObjectsApi) -> None:
    state, told = created(kubeconfig), list[str]()
    new.objects[f"{SYSTEM}/secrets/cacerts"] = secret(OURS)
    resource = MeshAuthority({"kubeconfigFile": kubeconfig, "context": "tests", "formerContext": "old"})
    engine = Operation("urn", "meshx:index:MeshAuthority", "authority", log=lambda _, text: told.append(text))
    resource.update("istio-system/cacerts", state, INPUTS, INPUTS, engine)
    assert "restart istiod, then every pod with a proxy" in told[-1]


def test_one_that_this_stack_made_before_stays_in_the_stack_and_is_common(
    kubeconfig: str, new: ObjectsApi, tmp_path: Path
) -> None:
    created(kubeconfig)
    new.objects[f"{SYSTEM}/configmaps/istio-ca-root-cert"] = {"data": {"root-cert.pem": THEIRS.root}}
    found = judged(kubeconfig, tmp_path)
    assert found.shares_authority
    assert "both trust O=cluster.local" in found.words


def test_an_istiod_that_made_its_own_root_keeps_it_and_the_remedy_is_told(
    kubeconfig: str, new: ObjectsApi, tmp_path: Path
) -> None:
    new.objects[f"{SYSTEM}/secrets/istio-ca-secret"] = secret(OURS, "ca-cert.pem", "ca-key.pem")
    new.objects[f"{SYSTEM}/configmaps/istio-ca-root-cert"] = {"data": {"root-cert.pem": OURS.root}}
    found = judged(kubeconfig, tmp_path)
    assert not found.shares_authority
    assert "trust no common root" in found.warning
    assert "the three steps of docs/trust.md" in found.warning


def own_root_and_theirs(new: ObjectsApi) -> None:
    """An istiod that issues by a root of its own, and trusts that of the former mesh, too."""
    new.objects[f"{SYSTEM}/secrets/istio-ca-secret"] = secret(OURS, "ca-cert.pem", "ca-key.pem")
    new.objects[f"{SYSTEM}/configmaps/istio-ca-root-cert"] = {"data": {"root-cert.pem": OURS.root + THEIRS.root}}


def test_a_common_root_is_not_enough_for_a_mesh_that_does_not_trust_the_others_issuer(
    kubeconfig: str, new: ObjectsApi, tmp_path: Path
) -> None:
    own_root_and_theirs(new)
    found = judged(kubeconfig, tmp_path)
    assert not found.shares_authority
    assert "which the former one (context old) does not trust" in found.warning
    (finding,) = check_former(found)
    assert (finding.state, finding.cause) == (State.FAULT, "the two do not trust the same roots")


def test_bundles_with_both_issuers_are_as_good(
    kubeconfig: str, new: ObjectsApi, old: ObjectsApi, tmp_path: Path
) -> None:
    own_root_and_theirs(new)
    bundle = base64.b64encode((THEIRS.root + OURS.root).encode()).decode()
    old.objects[f"{SYSTEM}/secrets/cacerts"]["data"]["root-cert.pem"] = bundle
    found = judged(kubeconfig, tmp_path)
    assert not found.shares_authority
    assert not found.warning
    assert "both trust" in found.words


def trusting(*roots: str, issuer: Signer) -> dict[str, Any]:
    """Roots of trust that the stack has, and the authority that issues by them."""
    return {"trust": {"roots": list(roots), "issuer": {"certificate": issuer.pem}}, "trustKey": key_of(issuer)}


@pytest.mark.parametrize("by_theirs", [True, False])
def test_roots_of_the_stack_are_as_good_as_who_issues_by_them(
    kubeconfig: str, old: ObjectsApi, tmp_path: Path, by_theirs: bool
) -> None:
    theirs, ours = authority("old root"), authority("new root")
    old.objects[f"{SYSTEM}/secrets/cacerts"] = {"data": data_of([theirs], theirs)}
    by = below(theirs if by_theirs else ours, "issuer")
    found = judged(kubeconfig, tmp_path, trusting(theirs.pem, ours.pem, issuer=by))
    assert ("both trust O=old root" in found.words) == by_theirs
    assert ("this mesh issues by O=new root" in found.warning) == (not by_theirs)


def test_an_issuer_of_the_former_mesh_that_this_one_does_not_trust_is_told(
    kubeconfig: str, old: ObjectsApi, tmp_path: Path
) -> None:
    theirs, ours = authority("old root"), authority("new root")
    old.objects[f"{SYSTEM}/secrets/cacerts"] = {"data": data_of([theirs, ours], theirs)}
    found = judged(kubeconfig, tmp_path, trusting(ours.pem, issuer=ours))
    assert found.warning.startswith("the former mesh (context old) issues by O=old root (")


def test_roots_that_are_outputs_are_not_known_yet(kubeconfig: str, tmp_path: Path) -> None:
    found = judged(kubeconfig, tmp_path, {"trust": {"roots": [Leaf().placeholder()]}})
    assert not found.warning
    assert "trust each other is not known yet" in found.words


def test_the_authority_of_an_adopted_istiod_is_left_to_its_owners(
    kubeconfig: str, new: ObjectsApi, tmp_path: Path
) -> None:
    new.forbidden = "/secrets/"
    found = judged(kubeconfig, tmp_path, install={"controlPlane": False})
    assert not found.shares_authority
    assert "trust no common root" in found.warning


def test_a_context_that_leads_to_this_very_cluster_is_refused(kubeconfig: str, old: ObjectsApi, tmp_path: Path) -> None:
    old.objects["/api/v1/namespaces/kube-system"]["metadata"]["uid"] = "new"
    with pytest.raises(UnfitMeshError, match="old, which leads to the cluster that this mesh is in"):
        judged(kubeconfig, tmp_path)


def test_a_cluster_without_a_citadel_is_refused(kubeconfig: str, old: ObjectsApi, tmp_path: Path) -> None:
    del old.objects[CITADEL]
    with pytest.raises(UnfitMeshError, match=r"no control plane of Istio 1\.1 to 1\.4 runs .* once all have come"):
        judged(kubeconfig, tmp_path)


def test_without_the_key_nobody_is_asked(tmp_path: Path) -> None:
    configuration = load(stack(workload(machine(1)), mesh={"istioVersion": "1.31.2"}), fill(tmp_path))
    assert former_mesh(configuration, "istio-system", FUNCTIONS.__getitem__) == FormerMesh()  # type: ignore[arg-type]
