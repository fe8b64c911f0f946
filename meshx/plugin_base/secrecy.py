"""Secrets in properties: takes their mark off, puts it on again, and keeps them out of messages.

A resource works on plain values. Its results get the marks of its arguments, by the rule that the engine itself
applies for plugins without support for secrets (Pulumi SDK, sdk/go/common/resource/plugin/provider_plugin.go,
annotateSecrets): objects are compared key by key; if any other value was or held a secret, the whole result is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from meshx.plugin_base.property_values import Properties, Secret

# Shorter words ("on", "root") are too common in messages to be masked there.
_SHORTEST_MASKED = 6


def plain(value: Any) -> Any:
    """The value without any Secret around or inside it; everything else is unchanged (a copy)."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


def plain_properties(properties: Mapping[str, Any]) -> Properties:
    """`plain` for a whole set of properties."""
    return {key: plain(value) for key, value in properties.items()}


def holds_secret(value: Any) -> bool:
    """Whether the value is a Secret or has one anywhere inside."""
    return next(_secrets(value), None) is not None


def mark_secrets(results: Mapping[str, Any], *sources: Mapping[str, Any]) -> Properties:
    """`results` with all made Secrets that are Secrets in a source at the same key; existing Secrets stay."""
    marked = dict(results)
    for source in sources:
        for key, given in source.items():
            if key not in marked:
                continue
            result = marked[key]
            if isinstance(result, Mapping) and isinstance(given, Mapping):
                marked[key] = mark_secrets(cast("Mapping[str, Any]", result), cast("Mapping[str, Any]", given))
            elif not isinstance(result, Secret) and holds_secret(given):
                marked[key] = Secret(plain(result))
    return marked


def mask(text: str, *sources: Any) -> str:
    """`text` with `[secret]` in place of every secret string of the sources; strings of many lines line by line."""
    words = {word for source in sources for secret in _secrets(source) for word in _words(secret.value)}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "[secret]")
    return text


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _secrets(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _secrets(item)


def _words(value: Any) -> Iterator[str]:
    value = plain(value)
    if isinstance(value, str):
        yield from (word for word in (value, *value.splitlines()) if len(word.strip()) >= _SHORTEST_MASKED)
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _words(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _words(item)
