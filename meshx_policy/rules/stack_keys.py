"""No private key is kept with the stack, where whoever runs a preview can decrypt it."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Settings

_PLUGIN = "pulumi:providers:meshx"
_COMMANDS = "command:remote:"


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """The private keys that the stack's configuration and state hold."""
    if resource.type == _PLUGIN and resource.at("sshPrivateKey"):
        yield (
            "meshx:sshPrivateKey is in the stack's file and state, so whoever runs a preview can decrypt it and log in "
            "to every machine. Write `privateKeyVariable` in meshx:ssh, and set that variable only where meshx logs in"
        )
    if resource.type.startswith(_COMMANDS) and any(
        resource.at("connection", *below, "privateKey") for below in ((), ("proxy",))
    ):
        yield (
            "keyInState keeps the private key in the stack's state, so whoever runs a preview can decrypt it. Let "
            "commands log in with an SSH agent: remove `keyInState`"
        )


RULE = ResourceRule(
    "keys-outside-the-stack", "Neither the stack's file nor its state holds a private key for the machines.", violations
)
