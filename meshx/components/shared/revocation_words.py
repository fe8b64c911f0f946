"""What a run says of revoked machines, and of what that means for others."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.errors.words import enumerate_words
from meshx.config.sections.workload import WorkloadConfiguration
from meshx.config.stack import StackConfiguration


def revocation_words(configuration: StackConfiguration) -> Iterator[str]:
    """A line for each workload that has revoked machines."""
    return (_words(workload) for workload in configuration.workloads if workload.revoked_machines)


def _words(workload: WorkloadConfiguration) -> str:
    revoked = workload.revoked_machines
    names = enumerate_words([machine.name for machine in revoked], "and")
    words = (
        f"{names} {'is' if len(revoked) == 1 else 'are'} revoked: nobody logs in there, nobody calls it, and the mesh "
        f"refuses {workload.namespace}/{enumerate_words([*workload.revoked_accounts], 'and')}"
    )
    if not workload.members:
        return f"{words}. The workload has no other machine"
    others = enumerate_words([machine.name for machine in workload.members], "and")
    return (
        f"{words} once {others} {'has' if len(workload.members) == 1 else 'have'} joined as "
        f"{workload.namespace}/{workload.account}. Policies of your own that name the old account have to name this one"
    )
