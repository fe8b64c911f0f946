"""The package's schema: the components that programs in any language make, with their keys and their outputs.

The engine's own commands ask for it (`pulumi package get-schema`, `package add`, `package gen-sdk`), and the language
host of YAML before each run. It has nothing of its own: keys come from the configuration's models, outputs from the
attributes of the components' classes and their docstrings, read without loading the classes and the SDK with them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic.alias_generators import to_camel

from meshx.config.argument_types import PARTS
from meshx.config.errors.paths import Location
from meshx.config.package_types import ANYTHING, Spec, inputs_of, types_below
from meshx.config.section import Section
from meshx.config.sections.dns import DnsConfiguration
from meshx.config.sections.exposed import ExposedConfiguration
from meshx.config.sections.workload import MachineConfiguration, WorkloadConfiguration
from meshx.config.stack import StackConfiguration

MESHX = Path(__file__).parents[1]


@dataclass(frozen=True)
class Component:
    """A component of the package.

    file, name: where its class is, below meshx/. outputs: the class in that file whose attributes are its outputs.
    left_out: keys of its section that it does not take. section: the model of its keys. place: where these stand in the
    configuration of a mesh. references: what it is added to. required: keys that it needs beside those of the section.
    """

    file: str
    name: str
    outputs: str = ""
    left_out: tuple[str, ...] = ()
    section: type[Section] = StackConfiguration
    place: Location = ()
    references: Mapping[str, Spec] = field(default_factory=dict[str, Spec])
    required: tuple[str, ...] = ()


def _resource_type(name: str) -> Spec:
    return {"$ref": f"#/resources/meshx:index:{name}"}


_OF_CONTROL_PLANE: dict[str, Spec] = {
    "controlPlane": {
        "oneOf": [_resource_type("ControlPlane"), _resource_type("EastWestGateway")],
        "description": "The control plane that it is added to: a resource of the same program.",
    }
}


_ALONE = "parts/control_plane_part.py"
COMPONENTS: dict[str, Component] = {
    "meshx:index:Mesh": Component("mesh.py", "Mesh", "Mesh"),
    "meshx:index:ControlPlane": Component(_ALONE, "ControlPlane", "ControlPlane", PARTS),
    "meshx:index:EastWestGateway": Component(_ALONE, "EastWestGateway", "ControlPlane", PARTS),
    "meshx:index:Workload": Component(
        "parts/workload_part.py",
        "Workload",
        section=WorkloadConfiguration,
        place=("workloads", 0),
        references={
            **_OF_CONTROL_PLANE,
            "exposed": {
                "type": "array",
                "items": _resource_type("ExposedService"),
                "description": "Services of the cluster that its machines are to know by their `.global` names.",
            },
        },
        required=("controlPlane",),
    ),
    "meshx:index:Machine": Component(
        "parts/machine_part.py",
        "Machine",
        section=MachineConfiguration,
        place=("workloads", 0, "machines", 0),
        references={
            "workload": {**_resource_type("Workload"), "description": "The workload that it runs: of the same program."}
        },
        required=("workload",),
    ),
    "meshx:index:ExposedService": Component(
        "parts/exposed_service_part.py",
        "ExposedService",
        section=ExposedConfiguration,
        place=("exposed", 0),
        references=_OF_CONTROL_PLANE,
        required=("controlPlane",),
    ),
    "meshx:index:DnsStub": Component(
        "parts/dns_stub_part.py",
        "DnsStub",
        left_out=("istiocoredns",),
        section=DnsConfiguration,
        place=("dns",),
        references=_OF_CONTROL_PLANE,
        required=("controlPlane", "servers"),
    ),
}
"""By token. meshx/construct.py makes them; states have Machine and DnsStub by other tokens (meshx/parts)."""

_LANGUAGES: Spec = {
    "csharp": {"rootNamespace": "Pulumi", "respectSchemaVersion": True},
    "go": {"generateResourceContainerTypes": True, "respectSchemaVersion": True},
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
    inputs, required = inputs_of(component.section, component.left_out)
    tree = ast.parse((MESHX / component.file).read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    outputs = dict(_outputs(classes[component.outputs or component.name]))
    about = ast.get_docstring(classes[component.name]) or ""
    return {
        "isComponent": True,
        "description": about.split("\n\n", maxsplit=1)[0].replace("\n", " "),
        "inputProperties": {**inputs, **component.references},
        "requiredInputs": [*required, *component.required],
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
