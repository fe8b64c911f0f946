"""The types of the package's schema follow the configuration's models."""

from __future__ import annotations

from typing import Any

from meshx.config.errors.shapes import keys_of
from meshx.config.package_types import Spec, inputs_of, type_token, types_below
from meshx.config.sections.workload import MachineConfiguration, WorkloadConfiguration
from meshx.config.stack import StackConfiguration

TYPES = types_below(StackConfiguration)


def test_every_key_of_the_file_is_an_input_with_its_description() -> None:
    inputs, required = inputs_of(StackConfiguration)
    assert list(inputs) == list(keys_of(StackConfiguration))
    assert required == ["cluster", "mesh"]
    for section in (MachineConfiguration, WorkloadConfiguration):
        described = TYPES[type_token(section)]["properties"]
        for key, field in keys_of(section).items():
            assert str(field.description) in described[key]["description"]


def test_every_reference_leads_to_a_type() -> None:
    referred = set(_references({"types": TYPES, "inputs": inputs_of(StackConfiguration)[0]}))
    assert {one.removeprefix("#/types/") for one in referred if one.startswith("#")} == set(TYPES)


def test_kinds_of_values_have_their_types() -> None:
    workload = TYPES[type_token(WorkloadConfiguration)]["properties"]
    assert workload["name"]["type"] == "string"
    assert workload["drainSeconds"]["type"] == "integer"
    assert workload["createNamespace"]["type"] == "boolean"
    assert workload["machines"]["items"]["$ref"] == f"#/types/{type_token(MachineConfiguration)}"
    assert [next(iter(one)) for one in workload["probe"]["oneOf"]] == ["type", "$ref"]
    waves = TYPES["meshx:index:RolloutSettings"]["properties"]["waves"]
    assert [one["type"] for one in waves["items"]["oneOf"]] == ["string", "integer"]
    values = TYPES["meshx:index:ChartValues"]["properties"]["istiod"]
    assert values["additionalProperties"]["$ref"] == "pulumi.json#/Any"


def test_only_keys_that_take_outputs_are_inputs_in_typed_languages() -> None:
    machine = TYPES[type_token(MachineConfiguration)]["properties"]
    assert [key for key, spec in machine.items() if not spec.get("plain")] == ["address", "secondAddress"]
    assert machine["labels"]["plain"] and machine["labels"]["additionalProperties"] == {"type": "string"}
    assert machine["renewAs"]["plain"] and machine["renewAs"]["items"] == {"type": "string"}


def test_defaults_and_choices_stand_in_descriptions_alone() -> None:
    unreachable = TYPES[type_token(WorkloadConfiguration)]["properties"]["onUnreachable"]
    assert unreachable["description"].endswith('One of `fail` or `forget`. Default: `"fail"`.')
    # Generated SDKs would send a default as if the program had written it.
    assert not [one for one in TYPES.values() if any("default" in spec for spec in one["properties"].values())]


def test_a_secret_key_is_a_secret_input() -> None:
    inputs, _ = inputs_of(StackConfiguration)
    assert [key for key, spec in inputs.items() if spec.get("secret")] == ["kubeconfig", "sshPrivateKey", "trustKey"]


def _references(spec: Any) -> list[str]:
    if isinstance(spec, dict):
        own: Spec = spec
        below = [one for value in own.values() for one in _references(value)]
        return [*below, *([own["$ref"]] if "$ref" in own else [])]
    return [one for item in spec for one in _references(item)] if isinstance(spec, list) else []
