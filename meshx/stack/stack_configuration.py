"""Reads the stack's configuration from Pulumi into meshx's own types."""

from pathlib import Path
from typing import Any

import pulumi

from meshx.config.loading import KNOWN_KEYS, SECRET_KEYS, load
from meshx.config.stack import StackConfiguration


def read(folder: Path) -> StackConfiguration:
    """The configuration of the running stack; `folder` is the base of its relative paths.

    Raises meshx.config.errors.problems.ConfigurationError with every problem found.
    """
    config = pulumi.Config("meshx")
    stated: dict[str, Any] = {}
    for key in sorted(_stated_keys() | KNOWN_KEYS):
        value = config.get(key) if key in SECRET_KEYS else _structured(config, key)
        if value is not None:
            stated[key] = value
    encrypted = {key for key in stated if pulumi.runtime.is_config_secret(f"meshx:{key}")}
    return load(stated, folder, encrypted, pulumi.get_stack())


def _structured(config: pulumi.Config, key: str) -> Any:
    try:
        return config.get_object(key)
    except pulumi.ConfigTypeError:
        # A bare word in place of a structure: the checks report it in the file's terms.
        return config.get(key)


def _stated_keys() -> set[str]:
    prefix = "meshx:"
    return {key.removeprefix(prefix) for key in pulumi.runtime.config.CONFIG.get() if key.startswith(prefix)}
