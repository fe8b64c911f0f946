"""Where a machine is and its share of calls, as callers' proxies take them into account."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.values.names import TrimmedText
from meshx.rollout.effect import NOTHING, RESTART

_PART = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?")
_SHAPE = "region, region/zone or region/zone/subzone, such as europe-west1/europe-west1-b"
LARGEST_WEIGHT = 10_000


def written_locality(text: str) -> str:
    """A locality, `region/zone/subzone`, of which the last one or two may be left out.

    Each part becomes the value of a label (istio/pkg/kube/labels, topology.kubernetes.io/region). A dot cannot stand in
    one: istiod and the agent read it as `/` in the label istio-locality (istio/pkg/model/proxy.go,
    SanitizeLocalityLabel).
    """
    parts = text.split("/")
    if len(parts) > 3:  # noqa: PLR2004 - as many as there are
        refuse(f"{quote(text)} has {len(parts)} parts", _SHAPE)
    for part in parts:
        if not _PART.fullmatch(part):
            refuse(
                f"{quote(part)} is no part of a locality: letters, digits, - and _, at most 63 of them, with a letter "
                "or digit at both ends",
                _SHAPE,
            )
    return text


Locality = Annotated[
    Annotated[TrimmedText, AfterValidator(written_locality), Words("a locality (text)")] | None,
    Field(
        description="Where its machines are, as `region/zone/subzone`, for balancing by locality. A machine's own goes "
        "before its workload's. Left out: nobody knows; of an instance in Google Cloud its zone is known.",
        examples=["europe-west1/europe-west1-b"],
    ),
    RESTART,
]
Weight = Annotated[
    Annotated[int, Field(ge=1, le=LARGEST_WEIGHT)] | None,
    Field(
        description="A machine's share of its workload's calls, beside the other machines' shares. A machine's own "
        "goes before its workload's. Left out: 1.",
        examples=[3],
    ),
    NOTHING,
]
