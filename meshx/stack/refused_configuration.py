"""A configuration that is refused, as the engine prints it."""

from collections.abc import Generator
from contextlib import contextmanager

import pulumi

from meshx.config.errors.problems import ConfigurationError


class RefusedConfigurationError(pulumi.RunError, ConfigurationError):
    """A configuration with problems, as the engine prints it: the text alone, without a traceback."""

    def __init__(self, error: ConfigurationError) -> None:
        Exception.__init__(self, str(error))
        self.problems = error.problems


@contextmanager
def telling_problems() -> Generator[None, None, None]:
    """Raise RefusedConfigurationError for a ConfigurationError."""
    try:
        yield
    except RefusedConfigurationError:
        raise
    except ConfigurationError as error:
        raise RefusedConfigurationError(error) from None
