"""Revoked machines: whether the mesh refuses the identities that they had."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshx.cluster.cluster_client import ClusterError
from meshx.config.stack import StackConfiguration
from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, unknown

_SUBJECT = "revoked"


def check_revocations(configuration: StackConfiguration, denied: Callable[[str, str], bool]) -> Iterator[Finding]:
    """Each account that a workload had before; denied: whether there is the policy for a namespace and an account."""
    for workload in configuration.workloads:
        for account in workload.revoked_accounts:
            identity = f"{workload.namespace}/{account}"
            try:
                there = denied(workload.namespace, account)
            except ClusterError as error:
                yield unknown(_SUBJECT, str(error))
                continue
            if there:
                yield fine(_SUBJECT, f"{identity} is refused")
            else:
                yield fault(
                    _SUBJECT,
                    f"nothing refuses {identity}",
                    "`up` has not been run since, or did not get there because another machine could not join again; "
                    "or somebody deleted the policy",
                    f"{REPAIR}; at once, whatever becomes of other machines: "
                    f"`pulumi up --target '**::*/revoked-account/{account}'`",
                )
