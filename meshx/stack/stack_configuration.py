"""Reads the stack's configuration from Pulumi into meshx's own types."""

from pathlib import Path

import pulumi

from meshx.config.loading import NAMESPACE, load, value_of
from meshx.config.stack import StackConfiguration
from meshx.stack.refused_configuration import telling_problems


def read(folder: Path) -> StackConfiguration:
    """The configuration of the running stack; `folder` is the base of its relative paths.

    Raises RefusedConfigurationError with every problem found: the engine prints its text alone, since a traceback would
    bury what the reader has to change.
    """
    texts = {
        key.removeprefix(NAMESPACE): text
        for key, text in pulumi.runtime.config.CONFIG.get().items()
        if key.startswith(NAMESPACE)
    }
    stated = {key: value_of(key, text) for key, text in texts.items()}
    encrypted = {key for key in stated if pulumi.runtime.is_config_secret(f"{NAMESPACE}{key}")}
    with telling_problems():
        return load(stated, folder, encrypted, pulumi.get_stack(), logs_in=not pulumi.runtime.is_dry_run())
