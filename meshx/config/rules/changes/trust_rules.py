"""The roots of trust, and the authority with its key: that they are good, belong together, and are for this mesh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from meshx.config.errors.problems import Problem
from meshx.config.leaves import is_placeholder
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.config.values.signing_certificates import GIVE_THE_KEY
from meshx.istio.versions import IstioLine

if TYPE_CHECKING:
    from cryptography import x509

_FOLLOWED = "nothing here: each `up` follows the mesh's roots in the same three steps (docs/trust.md)"


def problems(stack: Written) -> Iterator[Problem]:
    """What would keep istiod from issuing by the authority, and who else decides what the mesh trusts."""
    trust, key = stack.get("trust"), stack.get("trustKey")
    issuer = trust.get("issuer")
    if key.text and not issuer:
        yield Problem(
            key.location, "without effect: meshx:trust names no issuer", "meshx:trust.issuer, or leave this key out"
        )
    if not trust or written_line(stack.get("mesh", "istioVersion").text) is IstioLine.CLASSIC:
        return
    if issuer and not key.text:
        yield Problem(key.location, "missing: istiod can't issue by meshx:trust.issuer without its key", GIVE_THE_KEY)
    yield from _others(trust, stack.get("mesh"))
    yield from _unfit(trust, key, datetime.now(timezone.utc))


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


def _unfit(trust: Written, key: Written, now: datetime) -> Iterator[Problem]:
    from meshx.config.values.certificates import key_problem  # noqa: PLC0415 - slow to load, and rarely needed

    place, chain = trust.get("issuer", "certificate"), trust.get("issuer", "chain")
    texts = [*trust.get("roots").items(), place, chain]
    read = {text.location: _read(text) for text in texts}
    for text in texts:
        for certificate in read[text.location]:
            yield from _faults(text, certificate, now)
    signing = read[place.location]
    if len(signing) > 1:
        wrong = f"{len(signing)} certificates stand here, and istiod issues by one"
        yield Problem(place.location, wrong, "the first here, the others as chain")
    if not signing:
        return
    roots = [root for text in texts[:-2] for root in read[text.location]]
    if not any(is_placeholder(text.text) for text in texts):
        yield from _unrooted(place, (signing[0], *read[chain.location]), roots)
    if is_placeholder(key.text) or "PRIVATE KEY-----" not in key.text:
        return
    if wrong := key_problem(key.text.encode(), signing[0], place.path):
        yield Problem(key.location, f"the secret {wrong}", f"the key of {place.path}: {GIVE_THE_KEY}")


def _faults(place: Written, certificate: x509.Certificate, now: datetime) -> Iterator[Problem]:
    from meshx.config.values.certificates import authority_problems, name_of  # noqa: PLC0415 - as above

    for wrong in authority_problems(certificate, now):
        yield Problem(place.location, f"{name_of(certificate)} {wrong}", "the certificate of an authority, valid now")


def _unrooted(
    place: Written, chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> Iterator[Problem]:
    from meshx.config.values.certificates import name_of, path_to_root  # noqa: PLC0415 - as above

    if roots and not path_to_root(chain[0], chain[1:], roots):
        yield Problem(
            place.location,
            f"{name_of(chain[0])}, issued by {chain[0].issuer.rfc4514_string()}, leads to none of meshx:trust.roots by "
            "way of chain",
            "all certificates between it and its root as chain, and that root among the roots",
        )


def _read(place: Written) -> tuple[x509.Certificate, ...]:
    from meshx.config.values.certificates import read_certificates  # noqa: PLC0415 - as above

    return read_certificates(place.text.encode())
