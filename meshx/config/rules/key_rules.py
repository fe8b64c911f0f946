"""Private keys to log in with, from one place each."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines


def problems(stack: Written) -> Iterator[Problem]:
    """No key for a machine, or two."""
    kept, secret = stack.get("ssh", "privateKeyFile"), stack.get("sshPrivateKey")
    if kept and secret:
        yield Problem(kept.location, f"{secret.path} has a key too", "one of the two")
    without = [
        machine.place.get("name").text or machine.place.path
        for machine in machines(stack)
        if not machine.place.get("ssh", "privateKeyFile") and not machine.is_instance
    ]
    if without and not kept and not secret:
        yield Problem(
            kept.location,
            f"missing: there is no key to log in with for {', '.join(without)}",
            "privateKeyFile: ~/.ssh/id_ed25519, or `pulumi config set --secret meshx:sshPrivateKey`",
        )
    if secret and "PRIVATE KEY-----" not in secret.text:
        yield Problem(
            secret.location,
            "the secret is not a private key in OpenSSH or PEM form",
            "the key's whole text: `pulumi config set --secret meshx:sshPrivateKey < ~/.ssh/id_ed25519`",
        )
