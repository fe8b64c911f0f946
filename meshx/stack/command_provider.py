"""The provider for a stack's commands; imported only if the stack has commands."""

import pulumi
from pulumi_command import Provider

from meshx.stack.logical_names import named


def commands_provider() -> pulumi.ProviderResource:
    """The provider of all commands of a stack."""
    return Provider(named("commands"))
