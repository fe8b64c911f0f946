"""The roots of trust that a stack has: that they are for this mesh, and its authority one that istiod can issue by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.config.values.signing_certificates import GIVE_THE_KEY
from meshx.istio.versions import IstioLine

_FOLLOWED = "nothing here: each `up` follows the mesh's roots in the same three steps (docs/trust.md)"


def problems(stack: Written) -> Iterator[Problem]:
    """What would keep istiod from issuing by the authority, and who else decides what the mesh trusts."""
    if written_line(stack.get("mesh", "istioVersion").text) is IstioLine.CLASSIC:
        return
    trust, key = stack.get("trust"), stack.get("trustKey")
    issuer = trust.get("issuer")
    if key.text and not issuer:
        yield Problem(
            key.location, "without effect: meshx:trust names no issuer", "meshx:trust.issuer, or leave this key out"
        )
    if not trust:
        return
    if issuer and not key:
        yield Problem(key.location, "missing: istiod can't issue by meshx:trust.issuer without its key", GIVE_THE_KEY)
    yield from _others(trust, stack.get("mesh"))
    # Slow to load, and rarely needed.
    from meshx.config.rules.changes import fit_authority  # noqa: PLC0415

    yield from fit_authority.problems_of(trust, key, datetime.now(timezone.utc))


def _others(trust: Written, mesh: Written) -> Iterator[Problem]:
    if not mesh.get("install", "controlPlane").flag(True):
        wrong = "the control plane is adopted, so whoever owns it replaces its roots"
        yield Problem(trust.location, wrong, _FOLLOWED)
    values = mesh.get("values", "istiod")
    authority, address = mesh.get("certificateAuthority"), values.get("global", "caAddress")
    signed_by_others = [
        (authority, bool(authority)),
        (address, bool(address.text) and not address.text.startswith("istiod")),
    ]
    for variables in (values.get("env"), values.get("pilot", "env")):
        # pilot/pkg/bootstrap/istio_ca.go and pilot/pkg/features/pilot.go of Istio 1.31.
        external, serving = variables.get("EXTERNAL_CA"), variables.get("ENABLE_CA_SERVER")
        signed_by_others += [(external, bool(external.value)), (serving, str(serving.value).lower() == "false")]
    for place in (place for place, by_others in signed_by_others if by_others):
        wrong = f"another CA signs in place of istiod ({place.path}), and its roots are what the mesh trusts"
        yield Problem(trust.location, wrong, f"nothing here, or leave {place.path} out")
