"""Every SSH connection checks the host's key."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Settings

_HOSTS = {
    "meshx:index:Join": ((("connection",), "the machine"), (("connection", "bastion"), "the bastion")),
    "command:remote:Command": ((("connection",), "the machine"), (("connection", "proxy"), "the host in between")),
    "command:remote:CopyToRemote": ((("connection",), "the machine"), (("connection", "proxy"), "the host in between")),
}


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """A resource's connections to hosts without a known key."""
    for place, host in _HOSTS.get(resource.type, ()):
        connection = resource.at(*place)
        if isinstance(connection, dict) and not resource.at(*place, "hostKey"):
            yield (
                f"{'.'.join(place)}.hostKey is missing: any host could pretend to be {host}. Write its key, `hostKey` "
                "or `hostKeyFile` (/etc/ssh/ssh_host_ed25519_key.pub there), and remove `acceptUnknownHostKey`"
            )


RULE = ResourceRule("host-keys-known", "Every SSH connection checks the host's key.", violations)
