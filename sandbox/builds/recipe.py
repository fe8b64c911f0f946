"""What goes into an artifact, and how to build it: the recipe, and the key for one state of its inputs."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


class BuildError(Exception):
    """An artifact could not be built. The message names the artifact or tool, the cause and the remedy."""


@dataclass(frozen=True)
class Recipe:
    """How to build one artifact.

    name: the artifact's name, also the first part of its folder's name.
    files: files whose content decides the result; a folder stands for all files below it.
    facts: other values that decide the result (versions, flags), as text; called once for each key.
    needs: names of the artifacts that go into this one; their keys are part of this one's.
    build: writes the artifact into the empty folder given first; gets the folders of `needs` by name.
    """

    name: str
    build: Callable[[Path, Mapping[str, Path]], None]
    files: tuple[Path, ...] = ()
    facts: Callable[[], Iterable[str]] = tuple
    needs: tuple[str, ...] = ()


def key_of(recipe: Recipe, needed_keys: Mapping[str, str]) -> str:
    """The key of `recipe` as its inputs are now: 16 hexadecimal digits. `needed_keys`: the keys of its `needs`."""
    digest = hashlib.sha256()
    for label, content in _inputs(recipe, needed_keys):
        # With lengths, two different lists of inputs never give the same bytes.
        digest.update(f"{len(label)} {label} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _inputs(recipe: Recipe, needed_keys: Mapping[str, str]) -> Iterable[tuple[str, bytes]]:
    yield "name", recipe.name.encode()
    for given in recipe.files:
        for file in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if file.is_file() and "__pycache__" not in file.parts:
                # Relative names, so that a clone elsewhere shares the cache.
                label = file.relative_to(given.parent).as_posix()
                yield f"file {label} {file.stat().st_mode & 0o111:o}", file.read_bytes()
    for fact in recipe.facts():
        yield "fact", fact.encode()
    for need in recipe.needs:
        yield f"need {need}", needed_keys[need].encode()
