"""What a mesh is given, as its configuration: what the stack's file says, or arguments with outputs among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.errors.words import show
from meshx.config.loading import load
from meshx.config.program_arguments import Arguments, arguments, with_values
from meshx.config.stack import StackConfiguration
from meshx.stack.awaited_outputs import AwaitedOutputs, is_output
from meshx.stack.refused_configuration import telling_problems


@dataclass(frozen=True)
class GivenMesh:
    """A mesh, or a part of one, as it was given.

    configuration: checked as far as it is known. outputs: those among the arguments; None where there are none. prefix:
    what the logical names of its resources begin with. owner: what tells its objects in a cluster from those of others
    of this project, beside the project. taken: the arguments; None of the stack's file. whole: whether there is nothing
    of the mesh elsewhere.
    """

    configuration: StackConfiguration
    outputs: AwaitedOutputs | None
    prefix: str
    owner: str
    taken: Arguments | None = None
    whole: bool = True


def given_mesh(name: str, args: Mapping[str, Any] | StackConfiguration, *, whole: bool = True) -> GivenMesh:
    """Check a mesh's arguments; RefusedConfigurationError with all problems.

    What `read` made of the stack's file keeps the names that stacks have in their states. Paths of files are relative
    to the folder that the program runs in, the project's. whole: whether there is nothing of the mesh elsewhere.
    """
    stack = pulumi.get_stack()
    if isinstance(args, StackConfiguration):
        return GivenMesh(args, None, "", stack)
    with telling_problems():
        if not isinstance(args, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            found = f"expected a group of keys, found {show(args)}"
            raise ConfigurationError([Problem((), found, 'Mesh("mesh", {"cluster": {...}, "mesh": {...}, ...})')])
        return _given(name, arguments(args, is_output), f"{stack}.{name}", whole=whole)


def given_again(name: str, stated: Mapping[str, Any], owner: str) -> GivenMesh:
    """A mesh that another process checked, by what that kept of it: what was stated, and its owner's name."""
    with telling_problems():
        return _given(name, arguments(stated, is_output), owner, whole=False)


def given_part(name: str, mesh: GivenMesh, args: Mapping[str, Any]) -> GivenMesh:
    """Check what is added to a mesh by a part of its own, as given_mesh does: with the mesh's own settings.

    args: top-level keys of the mesh, such as `workloads` with one workload.
    """
    with telling_problems():
        added, base = arguments(args, is_output), mesh.taken or Arguments()
        both = Arguments({**base.stated, **added.stated}, {**base.awaited, **added.awaited}, added.problems)
        return _given(name, both, mesh.owner, whole=False)


def _given(name: str, taken: Arguments, owner: str, *, whole: bool) -> GivenMesh:
    base = Path.cwd()

    def loaded(values: Mapping[str, object]) -> StackConfiguration:
        logs_in = not pulumi.runtime.is_dry_run()
        stated = with_values(taken.stated, values)
        return load(stated, base, stack=pulumi.get_stack(), logs_in=logs_in, in_file=False, whole=whole)

    configuration = _checked(loaded, taken.problems)
    outputs = AwaitedOutputs(taken.awaited, loaded) if taken.awaited else None
    return GivenMesh(configuration, outputs, f"{name}/", owner, taken, whole)


def _checked(loaded: Any, problems: list[Problem]) -> StackConfiguration:
    """The configuration, or all that is wrong: of a place that is refused already, nothing else is said."""
    refused = {problem.location for problem in problems}
    try:
        configuration = loaded({})
    except ConfigurationError as error:
        further = [one for one in error.problems if one.location not in refused]
        raise ConfigurationError([*problems, *further]) from None
    if problems:
        raise ConfigurationError(problems)
    return configuration
