"""What meshx asks of the Kubernetes API, read from its source: paths, calls of the client, objects of components."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from meshx.control_plane.expansion_found import PLURALS
from meshx.istio import api_versions

ROOT = Path(__file__).parents[3]
ASKING = ("cluster", "control_plane", "provider", "machine", "doctor")
MAKING = ("components", "mesh.py")

Request = tuple[str, str, str]
"""API group, resource, verb."""

_PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[\w.]+))/[v*]\w*/(?:namespaces/[^/]+/)?(?!namespaces/$)(?P<resource>[a-z]{3,})"
)
_SUBRESOURCE = re.compile(r"/serviceaccounts/[^/]+/token$")
_TYPED = re.compile(
    r"^(?P<verb>read|list|create|patch|delete)_(?:namespaced_)?(?P<kind>[a-z_]+?)(?:_for_all_namespaces)?$"
)
_TYPED_KINDS = {
    "config_map": ("", "configmaps"),
    "deployment": ("apps", "deployments"),
    "namespace": ("", "namespaces"),
    "pod": ("", "pods"),
    "secret": ("", "secrets"),
    "service": ("", "services"),
}
_MADE = re.compile(r"kubernetes\.(core|apps|rbac|admissionregistration)\.v1\.([A-Z]\w+)\(")
_VERBS = {"read": "get"}
_GROUPS = {
    "core": "",
    "apps": "apps",
    "rbac": "rbac.authorization.k8s.io",
    "admissionregistration": "admissionregistration.k8s.io",
}
_WRITES = ("create", "delete", "get", "patch")
"""What the Kubernetes plugin does with an object of a stack in the course of time; `watch` and `list` besides."""


def asked_by_path() -> Iterator[Request]:
    """Each path of the API that stands in the source, as a look at it."""
    for tree in _trees(ASKING):
        for node in ast.walk(tree):
            text = _text(node)
            if _SUBRESOURCE.search(text):
                yield "", "serviceaccounts/token", "create"
            elif found := _PATH.match(text):
                yield found["group"] or "", found["resource"], "get or list"


def asked_by_typed_calls() -> Iterator[Request]:
    """Each call of the Kubernetes client's methods."""
    for tree in _trees(ASKING):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and (found := _TYPED.match(node.attr)) and found["kind"] in _TYPED_KINDS:
                yield *_TYPED_KINDS[found["kind"]], _VERBS.get(found["verb"], found["verb"])


def written_by_path() -> Iterator[Request]:
    """Each path of a file that changes objects by merging, as such a change, with the status where that is changed."""
    for tree in _trees(ASKING):
        merges = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "merge"]
        if not merges:
            continue
        status = any(_text(argument).endswith("/status") for call in merges for argument in call.args)
        for found in filter(None, (_PATH.match(_text(node)) for node in ast.walk(tree))):
            for resource in (found["resource"], f"{found['resource']}/status")[: 2 if status else 1]:
                yield found["group"] or "", resource, "patch"


def made_by_components() -> Iterator[Request]:
    """Each object that a component makes, by every verb."""
    for tree in _trees(MAKING):
        of_security = "SECURITY_GROUP" in ast.unparse(tree)
        group = api_versions.SECURITY_GROUP if of_security else api_versions.NETWORKING_GROUP
        kinds = {word.value.value for word in _keywords(tree, "kind") if isinstance(word.value, ast.Constant)}
        for kind in kinds - {"Role"}:
            yield from ((group, plural(str(kind)), verb) for verb in _WRITES)
        for found in _MADE.finditer(ast.unparse(tree)):
            if not found[2].endswith("Args"):
                yield from ((_GROUPS[found[1]], plural(found[2]), verb) for verb in _WRITES)


def made_by_mesh_expansion() -> Iterator[Request]:
    """Each kind of object that Istio 1.1 to 1.4 may lack and MeshExpansion makes, marks or removes."""
    for kind, resource in PLURALS.items():
        group = "" if kind in {"ConfigMap", "Service"} else "networking.istio.io"
        yield from ((group, resource, verb) for verb in ("create", "delete", "get", "patch"))


def plural(kind: str) -> str:
    """The resource of a kind, as paths have it."""
    name = kind.lower()
    return f"{name[:-1]}ies" if name.endswith(("ry", "cy")) else f"{name}s"


def _trees(rooms: tuple[str, ...]) -> Iterator[ast.Module]:
    for room in rooms:
        place = ROOT / "meshx" / room
        for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
            yield ast.parse(file.read_text())


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _keywords(tree: ast.Module, name: str) -> Iterator[ast.keyword]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == name)


def _text(node: ast.AST) -> str:
    """A text as it stands in the source, with `*` for what is put into it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    return ""
