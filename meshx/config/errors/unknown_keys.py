"""What to say of a key that is not known: what stands elsewhere, what was probably meant."""

import difflib
from collections.abc import Iterator

from meshx.config.errors.paths import Location, key_in_quotes, path_of
from meshx.config.errors.problems import Problem
from meshx.config.errors.shapes import Shape, field_shape, keys_of, shape_at
from meshx.config.errors.words import enumerate_words
from meshx.config.section import Section

ONE_IDENTITY = "one workload is one identity, the same for all its machines"
SECRET_KEYS = frozenset({"kubeconfig", "sshPrivateKey", "trustKey"})
"""The top-level keys that hold a secret, as plain text; all others hold structures."""
# By the keys on the way, positions aside.
ELSEWHERE: dict[tuple[str, ...], str] = {
    ("workloads", "machines", "serviceAccount"): f"{ONE_IDENTITY}: it has the serviceAccount",
    ("workloads", "machines", "namespace"): f"{ONE_IDENTITY}: it has the namespace",
    ("workloads", "machines", "ports"): "the workload has the ports, the same on all its machines",
    ("workloads", "machines", "whenDown"): "the workload says it, for all its machines",
    ("workloads", "machines", "probe"): "the workload has the probe, the same for all its machines",
}


def unknown_key(root: type[Section], location: Location, value: object = None) -> Problem:
    """The problem of an unknown key at a place, with the value that stands there."""
    *around, last = location
    key = str(last)
    way = tuple(part for part in location if isinstance(part, str))
    if way in ELSEWHERE:
        return Problem(location, f"the key does not belong here: {ELSEWHERE[way]}", "the key at the workload")
    place = shape_at(root, tuple(around))
    known = list(keys_of(place.section)) if place and place.section else []
    if isinstance(value, str) and "PRIVATE KEY" in value:
        return Problem(
            location,
            f"unknown key {key_in_quotes(key)}, and a private key stands there in plain text, so treat it as known to "
            "others",
            f"a new key, under one of the keys that are made for a secret: {enumerate_words(sorted(SECRET_KEYS))} "
            "(docs/configuration.md)",
        )
    if meant := nearest(key, known):
        hint = f"; the key is known as {path_of((key,))}" if around and key in keys_of(root) else ""
        return Problem(location, f"unknown key {key_in_quotes(key)}{hint}", f"{meant}, if that is what you mean")
    if around == ["mesh", "values"]:
        shown = key if key.isidentifier() else "<key>"
        return Problem(
            location,
            f"{key_in_quotes(key)} is no chart: values stand under the name of the chart that takes them",
            f"istiod: {{{shown}: ...}}, on Istio 1.1 to 1.4 istio: {{{shown}: ...}}",
        )
    other = [path for path in _paths_of(root, key) if path]
    hint = f"; the key is known as {enumerate_words(other[:3])}" if other else ""
    return Problem(
        location,
        f"unknown key {key_in_quotes(key)}{hint}",
        f"one of the known keys, {enumerate_words(known)}, or leave it out",
    )


def nearest(word: str, known: list[str]) -> str:
    """The known word that a misspelt one most resembles, capitals aside; empty if it resembles none."""
    lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return lower[found[0]] if found else ""


def _paths_of(root: type[Section], key: str) -> Iterator[str]:
    """Where a key of this name is known, as paths with `[]` for any position."""
    for name, way in _places(Shape(root), ()):
        if name == key:
            yield path_of(way).replace("[0]", "[]")


def _places(place: Shape, way: Location) -> Iterator[tuple[str, Location]]:
    if place.section is not None:
        for name, field in keys_of(place.section).items():
            yield name, (*way, name)
            yield from _places(field_shape(field), (*way, name))
    elif place.item is not None:
        yield from _places(place.item, (*way, 0))
