"""A configuration that is refused, as the engine prints it."""

from collections.abc import Generator
from contextlib import contextmanager

import pulumi

from meshx.config.errors.problems import ConfigurationError


class RefusedConfigurationError(pulumi.RunError):
    """A configuration with `problems`, as the engine prints it: the text alone, without a traceback.

    No ValueError: the SDK takes those for its own where an output fails (pulumi/runtime/rpc.py, serialize_properties).
    """

    def __init__(self, error: ConfigurationError) -> None:
        Exception.__init__(self, str(error))
        self.problems = error.problems


class RefusedAtOnceError(RefusedConfigurationError, ConfigurationError):
    """One whose problems are known before anything is waited for."""


@contextmanager
def telling_problems() -> Generator[None, None, None]:
    """Raise RefusedAtOnceError for a ConfigurationError."""
    try:
        yield
    except RefusedConfigurationError:
        raise
    except ConfigurationError as error:
        raise RefusedAtOnceError(error) from None
