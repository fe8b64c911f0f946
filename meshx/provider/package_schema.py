"""The package's schema: the components that programs in any language make, with their keys and their outputs.

The engine's own commands ask for it (`pulumi package get-schema`, `package add`, `package gen-sdk`), and the language
host of YAML before each run. It has nothing of its own: keys come from the configuration's models, outputs from the
attributes of the components' classes and their docstrings, read without loading the classes and the SDK with them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic.alias_generators import to_camel

from meshx.config.argument_types import PARTS
from meshx.config.package_types import ANYTHING, Spec, inputs_of, types_below
from meshx.config.stack import StackConfiguration

MESHX = Path(__file__).parents[1]


@dataclass(frozen=True)
class Component:
    """A component of the package.

    file, name: where its class is, below meshx/. outputs: the class in that file whose attributes are its outputs.
    left_out: keys of a mesh that it does not take.
    """

    file: str
    name: str
    outputs: str
    left_out: tuple[str, ...] = ()


_ALONE = "parts/control_plane_part.py"
COMPONENTS: dict[str, Component] = {
    "meshx:index:Mesh": Component("mesh.py", "Mesh", "Mesh"),
    "meshx:index:ControlPlane": Component(_ALONE, "ControlPlane", "ControlPlane", PARTS),
    "meshx:index:EastWestGateway": Component(_ALONE, "EastWestGateway", "ControlPlane", PARTS),
}
"""By token. meshx/construct.py makes them."""

_LANGUAGES: Spec = {
    "csharp": {"rootNamespace": "Pulumi", "respectSchemaVersion": True},
    "go": {"generateResourceContainerTypes": False, "respectSchemaVersion": True},
    "java": {"basePackage": "com.pulumi"},
    "nodejs": {"respectSchemaVersion": True},
    "python": {"respectSchemaVersion": True, "pyproject": {"enabled": True}},
}


def package_schema(name: str, version: str) -> Spec:
    """The whole schema, as JSON has it."""
    return {
        "name": name,
        "version": version,
        "displayName": "meshx",
        "description": "Joins virtual machines and bare-metal hosts to an Istio mesh on Kubernetes.",
        "license": "Apache-2.0",
        "keywords": ["pulumi", "istio", "service-mesh", "kubernetes", "kind/component", "category/network"],
        "language": _LANGUAGES,
        "meta": {"moduleFormat": "(.*)"},
        "types": types_below(StackConfiguration),
        "provider": {"description": "Components make their own: no program needs one."},
        "resources": {token: _resource(component) for token, component in COMPONENTS.items()},
    }


def _resource(component: Component) -> Spec:
    inputs, required = inputs_of(StackConfiguration, component.left_out)
    tree = ast.parse((MESHX / component.file).read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    outputs = dict(_outputs(classes[component.outputs]))
    about = ast.get_docstring(classes[component.name]) or ""
    return {
        "isComponent": True,
        "description": about.split("\n\n", maxsplit=1)[0].replace("\n", " "),
        "inputProperties": inputs,
        "requiredInputs": required,
        "properties": outputs,
        "required": list(outputs),
    }


def _outputs(made: ast.ClassDef) -> Iterator[tuple[str, Spec]]:
    """Each annotated attribute of a class, with the docstring below it."""
    for attribute, below in zip(made.body, made.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            about = str(ast.literal_eval(below.value)) if isinstance(below, ast.Expr) else ""
            yield to_camel(attribute.target.id), {**_type(attribute.annotation), "description": about}


def _type(annotation: ast.expr) -> Spec:
    """The type of an output: a text, or a group of texts or of anything by name."""
    kind = ast.unparse(annotation).removeprefix("pulumi.Output[").removeprefix("pulumi.Input[")
    if kind.startswith("dict[str,"):
        values: Spec = {"type": "string"} if "str" in kind.removeprefix("dict[str,") else ANYTHING
        return {"type": "object", "additionalProperties": values}
    return {"type": "string"}
