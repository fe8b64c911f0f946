"""What an Istio line makes for one machine of any kind."""

from typing import Protocol

import pulumi

from meshx.components.resources.join import MembershipInputs


class Membership(Protocol):
    """One machine's place in a mesh of one line."""

    def make_known(self, name: str, parent: pulumi.Resource) -> list[pulumi.Resource]:
        """Make what must exist before the machine joins; `name` is its logical name."""
        ...

    def join_inputs(self) -> MembershipInputs:
        """The Join's inputs for the machine."""
        ...

    def announce(self, name: str, parent: pulumi.Resource, join: pulumi.Resource) -> None:
        """Make what sends callers to the machine once it has joined, and is removed before it leaves."""
        ...
