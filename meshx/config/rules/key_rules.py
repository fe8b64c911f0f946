"""Private keys to log in with, from one place each."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.errors.words import enumerate_some, enumerate_words
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.values.host_keys import GIVE_THE_KEY


def problems(stack: Written) -> Iterator[Problem]:
    """No key for a machine, or two."""
    kept, secret = stack.get("ssh", "privateKeyFile"), stack.get("sshPrivateKey")
    variable = stack.get("ssh", "privateKeyVariable")
    given = [place for place in (kept, variable, secret) if place]
    if len(given) > 1:
        others = enumerate_words([place.path for place in given[1:]], "and")
        yield Problem(given[0].location, f"{others} {'have' if len(given) > 2 else 'has'} a key too", "one of them")  # noqa: PLR2004
    without = [
        machine.place.get("name").text or machine.place.path
        for machine in machines(stack)
        if not machine.place.get("ssh", "privateKeyFile") and not machine.is_instance
    ]
    if without and not given:
        yield Problem(
            kept.location,
            f"missing: there is no key to log in to {enumerate_some(without)} with",
            f"privateKeyFile: ~/.ssh/id_ed25519, or {GIVE_THE_KEY}",
        )
