"""Locality and weight where they say nothing to anybody, or something that a label says, too."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.labels import LOCALITY_LABELS
from meshx.istio.versions import IstioLine


def problems(stack: Written) -> Iterator[Problem]:
    """Shares of calls that nobody makes, and places that are named twice."""
    version = stack.get("mesh", "istioVersion").text
    classic = written_line(version) is IstioLine.CLASSIC
    for workload in stack.get("workloads").items():
        places = [workload, *workload.get("machines").items()]
        serves = any(workload.get("ports").items())
        for place in places:
            weight, locality = place.get("weight"), place.get("locality")
            if weight and not serves:
                yield Problem(
                    weight.location,
                    "the workload has no `ports`, so nobody calls it",
                    "`ports`, if it serves, or nothing",
                )
            if locality and not serves and classic:
                yield Problem(
                    locality.location,
                    f"without effect on Istio {version}: Pilot knows where a proxy is by its endpoint alone, and a "
                    "workload without `ports` has none",
                    "`ports`, if it serves, or nothing",
                )
        written = [place.get("locality") for place in places if place.get("locality")]
        for place in places:
            for label in LOCALITY_LABELS:
                if written and place.get("labels").get(label):
                    yield Problem(
                        place.get("labels").get(label).location,
                        f"the place is said here and by {written[0].path}",
                        "one of the two; the key `locality` says it on both Istio lines",
                    )
