"""The provider for the commands of a stack; imported only for one that has some."""

import pulumi
from pulumi_command import Provider


def commands_provider() -> pulumi.ProviderResource:
    """The provider of all commands of a stack."""
    return Provider("commands")
