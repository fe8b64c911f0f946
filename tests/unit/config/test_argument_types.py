"""The types of a mesh's arguments in Python, written from the models."""

import meshx
from meshx import arguments
from meshx.config.argument_types import FOLDER, class_name, files
from meshx.config.sections.workload import MachineConfiguration
from meshx.config.stack import StackConfiguration


def test_the_types_say_what_the_models_say() -> None:
    written = {path.name: path.read_text() for path in FOLDER.glob("*.py")}
    assert written == files(), "write them again: python -m meshx.config.argument_types"


def test_every_type_is_a_public_name() -> None:
    types = {name for name in vars(arguments) if name.endswith("Args")}
    assert types == {name for name in meshx.__all__ if name.endswith("Args")}


def test_a_type_has_the_keys_of_its_group_required_ones_apart() -> None:
    assert class_name(MachineConfiguration) == "MachineArgs"
    assert list(arguments.MachineArgs.__annotations__) == list(MachineConfiguration.model_fields)
    assert "NotRequired" not in str(arguments.MachineArgs.__annotations__["address"])
    assert "NotRequired" in str(arguments.MachineArgs.__annotations__["network"])
    assert set(arguments.MeshArgs.__annotations__) == set(StackConfiguration.model_fields)
