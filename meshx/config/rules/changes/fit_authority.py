"""The roots of trust, and the authority with its key: that they are good, and belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509

from meshx.config.errors.problems import Problem
from meshx.config.leaves import is_placeholder
from meshx.config.rules.written import Written
from meshx.config.values.certificates import (
    authority_problems,
    key_problem,
    name_of,
    path_problems,
    path_to_root,
    read_certificates,
)
from meshx.config.values.signing_certificates import GIVE_THE_KEY


def problems_of(trust: Written, key: Written, now: datetime) -> Iterator[Problem]:
    """What would keep istiod from issuing by the authority, or anybody from taking what it issues."""
    place, chain = trust.get("issuer", "certificate"), trust.get("issuer", "chain")
    texts = [*trust.get("roots").items(), place, chain]
    read = {text.location: read_certificates(text.text.encode()) for text in texts}
    for text in texts:
        for one in read[text.location]:
            for wrong in authority_problems(one, now):
                # Certificates by a root that has ended are good for nobody, so no step has to wait for them.
                out = "" if text in (place, chain) else "; leave a root out that has ended"
                remedy = f"the certificate of an authority, valid now{out}"
                yield Problem(text.location, f"{name_of(one)} {wrong}", remedy)
    signing = read[place.location]
    if len(signing) > 1:
        wrong = f"{len(signing)} certificates stand here, and istiod issues by one"
        yield Problem(place.location, wrong, "the first here, the others as chain")
    if not signing:
        return
    if not any(is_placeholder(text.text) for text in texts):
        roots = [root for text in texts[:-2] for root in read[text.location]]
        yield from _unrooted(place, (signing[0], *read[chain.location]), roots)
    if is_placeholder(key.text) or "PRIVATE KEY-----" not in key.text:
        return
    if wrong := key_problem(key.text.encode(), signing[0], place.path):
        yield Problem(key.location, f"the secret {wrong}", f"the key of {place.path}: {GIVE_THE_KEY}")


def _unrooted(
    place: Written, chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> Iterator[Problem]:
    path = path_to_root(chain[0], chain[1:], roots)
    if roots and not path:
        wrong = (
            f"{name_of(chain[0])}, issued by {chain[0].issuer.rfc4514_string()}, leads to none of meshx:trust.roots by "
            "way of chain"
        )
        remedy = "all certificates between it and its root as chain, and that root among the roots"
        yield Problem(place.location, wrong, remedy)
    for wrong in path_problems(path):
        yield Problem(place.location, wrong, "an authority that stands as high as that allows")
