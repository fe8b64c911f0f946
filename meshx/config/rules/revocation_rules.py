"""Machines that the mesh is to refuse: where that can be had, and whose identity it takes with it."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.values.istio_version import written_line
from meshx.istio.identities import generation_name
from meshx.istio.versions import IstioLine


def problems(stack: Written) -> Iterator[Problem]:
    """Revocations that could not hold, and service accounts that they would share with somebody."""
    version = stack.get("mesh", "istioVersion").text
    classic = written_line(version) is IstioLine.CLASSIC
    revoked = [one for one in machines(stack) if one.is_revoked]
    for one in revoked:
        place = one.place.get("revoked").location
        if classic:
            yield _classic(place, version)
        if one.workload.get("group"):
            yield Problem(
                place,
                "a group's instances have no entries here, so none of them can be told from the others",
                "revocations: <one more> at the workload: the group gets another service account and rolls over to it",
            )
        if one.place.get("gce", "adopt").flag(False):
            yield Problem(
                place, "the instance is only being taken over, and has no identity in the mesh yet", "nothing"
            )
    for workload in stack.get("workloads").items():
        count = workload.get("revocations")
        if count.number and classic:
            yield _classic(count.location, version)
        generation = (count.number or 0) + sum(one.workload.location == workload.location for one in revoked)
        if generation and not workload.get("createServiceAccount").flag(True):
            yield Problem(
                (*workload.location, "createServiceAccount"),
                "a revocation takes the workload's service account away, and this one is somebody else's",
                "createServiceAccount: true with a serviceAccount that only these machines have, in an `up` before",
            )
        yield from _taken(stack, workload, generation)


def _classic(place: tuple[str | int, ...], version: str) -> Problem:
    return Problem(
        place,
        f"Citadel of Istio {version} signs a certificate with any name for whoever shows it one, so a machine that has "
        "one can't be refused by its name",
        "nothing here: replace the mesh's root certificate, and take the machine out (docs/revoking.md)",
    )


def _taken(stack: Written, workload: Written, generation: int) -> Iterator[Problem]:
    namespace, base = workload.get("namespace").text, _account(workload)
    names = {generation_name(base, number) for number in range(1, generation + 1)}
    for other in stack.get("workloads").items():
        if (
            other.location != workload.location
            and other.get("namespace").text == namespace
            and _account(other) in names
        ):
            yield Problem(
                (*other.location, "serviceAccount"),
                f"{workload.path} gets the account {_account(other)} by its revocations",
                "a service account of its own",
            )


def _account(workload: Written) -> str:
    return workload.get("serviceAccount").text or workload.get("name").text
