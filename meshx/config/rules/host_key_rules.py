"""Every host that is logged in to is known by its key, unless the stack says that it need not be."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines

WRITE_KEY = 'hostKey: "ssh-ed25519 AAAA..." or hostKeyFile: <path>, as in /etc/ssh/ssh_host_ed25519_key.pub there'
ACCEPT = "acceptUnknownHostKey"


def problems(stack: Written) -> Iterator[Problem]:
    """Hosts without a key, with two, or with one although any is accepted."""
    shared = stack.get("ssh")
    yield from _bastion(shared.get("bastion"))
    for machine in machines(stack):
        if machine.is_instance:
            continue
        own = machine.place.get("ssh")
        accepts = own.get(ACCEPT).flag(shared.get(ACCEPT).flag(False))
        yield from _two_keys(own)
        yield from _bastion(own.get("bastion"))
        if not own.get("hostKey") and not own.get("hostKeyFile") and not accepts:
            yield Problem(
                (*own.location, "hostKey"),
                "missing: any host could pretend to be this machine",
                f"{WRITE_KEY}; to connect without knowing it: {ACCEPT}: true",
            )
        if own.get(ACCEPT).flag(False) and (own.get("hostKey") or own.get("hostKeyFile")):
            yield Problem((*own.location, ACCEPT), "the host key is written here and always checked", "one of the two")


def _two_keys(host: Written) -> Iterator[Problem]:
    if host.get("hostKey") and host.get("hostKeyFile"):
        yield Problem((*host.location, "hostKeyFile"), "hostKey has a key too", "one of the two")


def _bastion(bastion: Written) -> Iterator[Problem]:
    yield from _two_keys(bastion)
    if bastion and not bastion.get("hostKey") and not bastion.get("hostKeyFile"):
        yield Problem((*bastion.location, "hostKey"), "missing: any host could pretend to be the bastion", WRITE_KEY)
