"""docs/rights has what the program, its plugin and its components ask for, and no more than it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import pytest
import yaml

from tests.unit.docs.api_requests import (
    ROOT,
    Request,
    asked_by_path,
    asked_by_typed_calls,
    made_by_components,
    made_by_mesh_expansion,
    written_by_path,
)

RIGHTS = ROOT / "docs" / "rights"
INSTALLER = "meshx-installer"
INSTALLERS_ALONE = {
    ("", "namespaces"),
    ("security.istio.io", "peerauthentications"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
}
"""What comes with an installed control plane, or with namespaces of the stack's own."""


def roles() -> dict[str, list[dict[str, Any]]]:
    """The rules of each role by its name."""
    found = list(yaml.safe_load_all((RIGHTS / "kubernetes.yaml").read_text()))
    assert {(one["apiVersion"], one["kind"]) for one in found} == {("rbac.authorization.k8s.io/v1", "ClusterRole")}
    return {one["metadata"]["name"]: one["rules"] for one in found}


def allows(rules: Iterable[dict[str, Any]], request: Request) -> bool:
    group, resource, verb = request
    verbs = {"get", "list"} if verb == "get or list" else {verb}
    return any(
        group in rule["apiGroups"] and {resource, "*"} & set(rule["resources"]) and verbs & set(rule["verbs"])
        for rule in rules
    )


def requests() -> set[Request]:
    asked = chain(asked_by_path(), asked_by_typed_calls(), written_by_path())
    return {*asked, *made_by_components(), *made_by_mesh_expansion()}


def joiners() -> dict[str, list[dict[str, Any]]]:
    return {name: rules for name, rules in roles().items() if name != INSTALLER}


def test_what_is_asked_of_the_api_is_found_in_the_source() -> None:
    assert {
        ("", "serviceaccounts/token", "create"),
        ("", "secrets", "patch"),
        ("apps", "deployments", "get or list"),
        ("networking.istio.io", "workloadentries/status", "patch"),
        ("networking.istio.io", "envoyfilters", "create"),
        ("rbac.authorization.k8s.io", "rolebindings", "create"),
        ("security.istio.io", "peerauthentications", "create"),
    } <= requests()


def test_whoever_installs_istio_may_do_all_that_is_asked() -> None:
    rules = roles()[INSTALLER]
    assert [request for request in sorted(requests()) if not allows(rules, request)] == []


def test_whoever_joins_machines_may_do_all_but_what_comes_with_an_installed_control_plane() -> None:
    rules = list(chain.from_iterable(joiners().values()))
    helms = {("", "secrets", verb) for verb in ("list", "patch", "delete")}
    helms |= {("apps", "deployments", "patch")}  # istiod's own restart, with the stack's roots of trust
    missing = [
        request
        for request in sorted(requests() - helms)
        if request[:2] not in INSTALLERS_ALONE and not allows(rules, request)
    ]
    assert missing == []


def test_whoever_joins_machines_gets_no_way_to_all_the_rest() -> None:
    for name, rules in joiners().items():
        words = {word for rule in rules for key in ("apiGroups", "resources", "verbs") for word in rule[key]}
        assert not words & {"*", "escalate", "bind", "impersonate", "clusterroles"}, name
    in_the_whole_cluster = joiners()["meshx-joiner"]
    assert {verb for rule in in_the_whole_cluster for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert not any({"secrets", "configmaps"} & set(rule["resources"]) for rule in in_the_whole_cluster)


def made_in_google_cloud() -> Iterator[tuple[str, str]]:
    for file in (ROOT / "meshx" / "components" / "gce").glob("*.py"):
        yield from re.findall(r"gcp\.(compute|serviceaccount)\.([A-Z]\w+)\(", file.read_text())


@pytest.mark.parametrize(("module", "kind"), sorted(set(made_in_google_cloud())))
def test_what_components_make_in_google_cloud_may_be_made_looked_at_and_deleted(module: str, kind: str) -> None:
    allowed = set(yaml.safe_load((RIGHTS / "google-role.yaml").read_text())["includedPermissions"])
    name = kind.removeprefix("Region")
    name = name[0].lower() + name[1:] + ("es" if name.endswith("s") else "s")
    resource = "iam.serviceAccounts" if module == "serviceaccount" else f"compute.{name}"
    assert {f"{resource}.{verb}" for verb in ("create", "get", "delete")} <= allowed


def test_the_page_tells_of_every_role_and_file() -> None:
    page = (RIGHTS / "README.md").read_text()
    assert [name for name in roles() if f"`{name}`" not in page and f"--clusterrole={name}" not in page] == []
    assert [file.name for file in RIGHTS.glob("*.yaml") if f"]({file.name})" not in page] == []
