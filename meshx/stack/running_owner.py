"""The owner that the running stack is."""

from pathlib import Path

import pulumi

from meshx.config.owner import Owner, stack_owner, stated_owner
from meshx.stack.backend import known_backend


def running_owner(stated: str | None, stack: str) -> Owner:
    """The owner that the mesh states (`environment.owner`), else the one that follows from the stack.

    stack: its name, and the mesh's after it where a program of one's own makes that.
    """
    if stated:
        return stated_owner(stated)
    organisation = pulumi.get_organization() or ""
    backend = known_backend(Path.cwd(), organisation)
    if not backend:
        pulumi.log.warn(
            "the backend that has this stack's state can't be known here, so its objects are marked by organization, "
            "project and stack alone, and a stack with the same three in another backend counts as this one: set "
            "PULUMI_BACKEND_URL for the program, or write a name of your own as meshx:environment.owner"
        )
    return stack_owner(organisation, backend, pulumi.get_project(), stack)
