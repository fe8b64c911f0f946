"""What the stand-in does not do, it refuses by name; the official plugin does these and is not asked here."""

import pytest

from sandbox.pulumi.command.plugin import CommandPlugin, ResourceError


@pytest.mark.parametrize("token", ["command:local:Command", "command:remote:CopyToRemote", "command:remote:CopyFile"])
def test_a_resource_it_does_not_serve_is_refused_by_name(token: str) -> None:
    """Better than to do half of it."""
    with pytest.raises(ResourceError, match=f"the sandbox's command plugin does not do {token}; use the official"):
        CommandPlugin().resource_for(token)
