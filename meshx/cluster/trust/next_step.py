"""From what a mesh trusts now to what it is to trust: which of Istio's three steps that is, and what forbids it.

1. All trust the old and the new root, the old one issues. 2. The new one issues. 3. The old one goes.
A proxy trusts the roots that came with its last certificate, so each step needs that all have one from after the step
before (security/pkg/nodeagent/cache/secretcache.go of Istio 1.31).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from meshx.cluster.certificate import names_of
from meshx.cluster.trust.living_certificates import Holder, holders_words
from meshx.cluster.trust.present_trust import IssuingAuthority, PresentTrust, Roots, issues_one_of
from meshx.config.values.certificates import fingerprint, name_of, renews
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET, ROOT_CERTIFICATE_CONFIG_MAP

ROOTS, ISSUER = "meshx:trust.roots", "meshx:trust.issuer"

Since = Callable[[datetime], list[Holder]]
"""Who may hold a certificate from before a moment."""
By = Callable[[x509.Certificate, datetime], list[Holder]]
"""Who may hold a certificate by a root that issued until a moment."""


@dataclass(frozen=True)
class Holding:
    """Who still has what: those that get roots with their certificates alone, which machines do not to which a run
    brings the roots; and everybody, by the root that issued. on_machines: the fingerprints of the roots that all
    machines have, None if nobody notes it.
    """

    from_before: Since
    by_root: By
    on_machines: Collection[str] | None = None


@dataclass(frozen=True)
class NextStep:
    """words: what is to be done, "" for nothing. standing: where that leaves the mesh, "" with a single root.
    problems: what forbids it, each with path, cause and remedy.
    """

    words: str
    standing: str
    problems: tuple[str, ...]


def next_step(
    present: PresentTrust, wanted: Roots, issuer: IssuingAuthority, now: datetime, holding: Holding
) -> NextStep:
    """Judge a change."""
    trusted = frozenset(root for root in present.roots if root.not_valid_after_utc > now)
    before = present.issuer if present.issuer is not None and present.issuer.root in trusted else None
    # Below a renewed root of the same key it is the same one.
    before = before.below({issuer.root}) if before else None
    problems = [
        *_roots_problems(present, trusted, before, wanted, holding.by_root),
        *_issuer_problems(present, trusted, before, issuer.root, holding),
    ]
    return NextStep(_words(trusted, before, wanted, issuer), _standing(present, wanted, issuer.root), tuple(problems))


def _roots_problems(
    present: PresentTrust, trusted: Roots, before: IssuingAuthority | None, wanted: Roots, holding: By
) -> Iterator[str]:
    if not issues_one_of(present.issuer, present.roots):
        if trusted - wanted:
            yield (
                f"{ROOTS} lacks {names_of(trusted - wanted)}, which the mesh trusts now, and by which of its roots "
                f"istiod issues is not known: the cluster has no authority of theirs, in Secret {PLUGGED_SECRET} or "
                f"{OWN_SECRET}. Remedy: all roots of now, {names_of(trusted)}, and an {ISSUER} below one of them; the "
                f"others go with a later `up`. If no istiod and no proxy is left of them, delete ConfigMap "
                f"{ROOT_CERTIFICATE_CONFIG_MAP} of istiod's namespace"
            )
        return
    if before is not None and before.root not in wanted:
        yield (
            f"{ROOTS} lacks {name_of(before.root)}, which issues the mesh's certificates now: whoever no longer trusts "
            "it refuses all that have one. Remedy: step 1 is both roots, and the issuer of now; the new issuer comes "
            "with step 2; the old root goes with step 3"
        )
    for root in trusted - wanted - ({before.root} if before else frozenset()):
        until = None if any(renews(one, root) for one in wanted) else present.standing.issued_until(root)
        if until is not None and (holders := holding(root, until)):
            yield (
                f"{ROOTS}: it is too early for step 3, {name_of(root)} is still needed. It issued until "
                f"{until:%Y-%m-%dT%H:%M:%SZ}, and these may hold a certificate by it: {holders_words(holders)}. "
                f"Remedy: {_waiting(present, holders, machines_by_sight=True)}"
            )


def _issuer_problems(
    present: PresentTrust, trusted: Roots, before: IssuingAuthority | None, root: x509.Certificate, holding: Holding
) -> Iterator[str]:
    known = issues_one_of(present.issuer, present.roots)
    issued_by = {before.root} if before else frozenset[x509.Certificate]()
    if (issued_by if known else trusted) <= {root}:
        return
    if root not in trusted:
        yield (
            f"{ISSUER} leads to {name_of(root)}, which nobody trusts yet: its certificates would be refused. Remedy: "
            f"step 1 first, both roots under {ROOTS} and no issuer (or that of now), and this issuer with the next `up`"
        )
        return
    # Without the Secret there is no note, and the one who issues may be this one already.
    if known and holding.on_machines is not None and fingerprint(root) not in holding.on_machines:
        yield (
            f"{ISSUER}: it is too early for step 2. Not all machines over SSH have {name_of(root)}: a machine without "
            "it refuses istiod as soon as that root issues. No run with both roots has reached all of them yet. "
            "Remedy: `pulumi up --refresh` with the issuer of now, until it passes without an error; take out of the "
            "stack what is off for long"
        )
    since = present.standing.trusted_since(root)
    if holders := holding.from_before(since):
        yield (
            f"{ISSUER}: it is too early for step 2. {name_of(root)} has been trusted since {since:%Y-%m-%dT%H:%M:%SZ}, "
            "and these may hold a certificate from before, with the roots of that time: "
            f"{holders_words(holders)}. Remedy: {_waiting(present, holders)}"
        )


def _waiting(present: PresentTrust, holders: list[Holder], *, machines_by_sight: bool = False) -> str:
    """What ends the waiting. machines_by_sight: whether a look at a machine over SSH does."""
    if not present.is_settled:
        return (
            f"since when istiod has what Secret {PLUGGED_SECRET} holds is not noted, so it counts from now: first run "
            f"`pulumi up` with the roots and the authority that are in there, then wait"
        )
    words = ["wait until then"]
    if any(holder.is_pod for holder in holders):
        words.append("restart these pods, which gives them new certificates at once")
    if machines_by_sight and any(holder.is_machine for holder in holders):
        words.append("run `pulumi up --refresh`, which looks at machines and counts those that have renewed theirs")
    return ", or ".join(words)


def _words(trusted: Roots, before: IssuingAuthority | None, wanted: Roots, issuer: IssuingAuthority) -> str:
    come, go, stay = wanted - trusted, trusted - wanted, wanted & trusted
    if not trusted:
        return f"istiod issues by {name_of(issuer.root)} and has all trust {names_of(wanted)}"
    parts: list[str] = []
    if come and stay:
        parts.append(f"step 1 of 3: it trusts {names_of(come)} beside {names_of(stay)}")
    elif come:
        parts.append(f"it trusts {names_of(come)} in place of {names_of(go)}")
    if before is not None and issuer.root != before.root:
        parts.append(f"step 2 of 3: {name_of(issuer.root)} issues, in place of {name_of(before.root)}")
    elif before is None:
        parts.append(f"{name_of(issuer.root)} issues")
    elif issuer.path != before.path:
        parts.append(f"another authority below {name_of(issuer.root)} issues")
    if go and stay:
        parts.append(f"step 3 of 3: it trusts {names_of(stay)} alone, no longer {names_of(go)}")
    return f"istiod restarts. {'; '.join(parts)}" if parts else ""


def _standing(present: PresentTrust, wanted: Roots, issuer: x509.Certificate) -> str:
    others = wanted - {issuer}
    if not others:
        return ""
    words = f"the mesh trusts {names_of(wanted)}, and {name_of(issuer)} issues"
    if present.issuer is None or (present.secret is not None and not present.standing.digest):
        return words  # handed over, or taken away: nobody knows which have issued
    if former := [root for root in others if _has_issued(present, root)]:
        return f"{words}: step 2 of 3 is done, step 3 takes {names_of(former)} out of {ROOTS}"
    return f"{words}: step 1 of 3 is done, step 2 names an {ISSUER} below {names_of(others)}"


def _has_issued(present: PresentTrust, root: x509.Certificate) -> bool:
    if present.issuer is not None and present.issuer.root == root:
        return True
    return root in present.roots and present.standing.issued_until(root) is not None
