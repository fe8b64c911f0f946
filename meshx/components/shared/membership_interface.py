"""What a line of Istio makes of one machine, however the machine comes to be and is reached."""

from typing import Protocol

import pulumi

from meshx.components.resources.join import MembershipInputs


class Membership(Protocol):
    """One machine's place in a mesh of one line."""

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """Make what has to be there before the machine joins; `name` is its logical name."""
        ...

    def join_inputs(self) -> MembershipInputs:
        """What the Join is given to bring the machine in."""
        ...

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """Make what sends callers to the machine once it has joined, and is gone before it leaves."""
        ...
