"""What a change does to a machine that has joined: one of these words for each key of the configuration.

Each key has them beside it, as metadata of its type. The column of docs/configuration.md, and what a preview says of
each machine (meshx/rollout/planned_effect.py), come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Effect(IntEnum):
    """What a change does to a machine, from nothing to the gravest."""

    NOTHING = 0
    FILE = 1
    """Files, names or units are put in place under a sidecar that runs on."""
    COMMAND = 2
    """A command or a script of the user's runs."""
    RESTART = 3
    REJOIN = 4
    """The machine gets another identity, or its place in the mesh goes and another one comes."""
    INSTANCE = 5
    """An instance of Compute Engine goes, and another one comes."""

    @property
    def words(self) -> str:
        """What tables and previews say that a change does."""
        return _WORDS[self]


_WORDS = {
    Effect.NOTHING: "changes nothing on the machine",
    Effect.FILE: "places files",
    Effect.COMMAND: "runs your command",
    Effect.RESTART: "restarts the sidecar",
    Effect.REJOIN: "has the machine rejoin",
    Effect.INSTANCE: "replaces the instance",
}


@dataclass(frozen=True)
class Effects:
    """Metadata of a key's type: the gravest effect that a change of the key may have, on a machine of each kind.

    usual: on any machine that nothing else is said of. classic: on those of Istio 1.1 to 1.4. instance: on instances of
    Compute Engine. group: on those of groups, whose template never changes: left out, whatever does anything to an
    instance brings other ones.
    """

    usual: Effect
    classic: Effect | None = None
    instance: Effect | None = None
    group: Effect | None = None

    def on_machine(self, *, classic: bool = False) -> Effect:
        """On a machine over SSH."""
        return self.usual if self.classic is None or not classic else self.classic

    def on_instance(self, *, classic: bool = False) -> Effect:
        """On a named instance of Compute Engine."""
        return self.on_machine(classic=classic) if self.instance is None else self.instance

    def on_group(self) -> Effect:
        """On the instances of a group."""
        if self.group is None:
            return Effect.INSTANCE if self.on_instance() else Effect.NOTHING
        return self.group

    @property
    def words(self) -> str:
        """All of it, as the reference has it."""
        others = (("on 1.1 to 1.4", self.classic), ("on an instance", self.instance), ("on a group's", self.group))
        return "; ".join([self.usual.words, *(f"{kind}: {one.words}" for kind, one in others if one is not None)])


NOTHING = Effects(Effect.NOTHING)
FILE = Effects(Effect.FILE)
COMMAND = Effects(Effect.COMMAND)
RESTART = Effects(Effect.RESTART)
REJOIN = Effects(Effect.REJOIN)
INSTANCE = Effects(Effect.INSTANCE)
IN_TEMPLATES = Effects(Effect.NOTHING, group=Effect.INSTANCE)
"""What templates have, and instances do without, or get in place."""
SCRIPTED = Effects(Effect.NOTHING, instance=Effect.FILE)
"""What only an instance needs to know, which gets it by its startup script."""
RENEWED = Effects(Effect.FILE, classic=Effect.NOTHING, instance=Effect.FILE)
"""What machines ask for tokens by that renew their own."""
IN_METADATA = Effects(Effect.RESTART, classic=Effect.NOTHING)
"""What a proxy tells istiod of itself."""
LEAVES = Effects(Effect.REJOIN, instance=Effect.INSTANCE)
"""What says which machine this is."""
ADDRESS = Effects(Effect.RESTART, instance=Effect.INSTANCE)
KNOWN = Effects(Effect.FILE, group=Effect.NOTHING)
"""A name in /etc/hosts, which a group's instances ask their proxy for."""
EXPOSED = Effects(Effect.RESTART, classic=Effect.FILE)
"""A name at a loopback address, which the sidecar of 1.20 and later has to be told that it takes."""
ROOTS = Effects(Effect.RESTART, instance=Effect.NOTHING, group=Effect.NOTHING)
"""What instances of Compute Engine fetch from the cluster by themselves (docs/trust.md)."""
