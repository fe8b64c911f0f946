"""The roots that a machine trusts while its mesh replaces one: its step, and what the next does there.

Istio replaces a root in three steps: all trust the old and the new one, the new one issues, the old one goes. Its
istiod takes no others (pemBundleHasSubsetRelation in pilot/pkg/bootstrap/istio_ca.go of Istio 1.31).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cryptography import x509

from meshx.cluster.certificate import names_of, same_roots
from meshx.config.values.certificates import read_certificates, renews
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.machine.observation import Observation
from meshx.plugin_base.property_values import Properties

Roots = frozenset[x509.Certificate]


def with_known_text(news: Properties, olds: Mapping[str, Any] | None) -> Properties:
    """The inputs, with the roots as the text that is in the state where that has the same certificates.

    A machine's sidecar starts anew for another text of this file (started_mark in meshx/scripts/join.sh).
    """
    known, given = _text(olds or {}), _text(news)
    if known is None or given is None or known == given or not same_roots(known.encode(), given.encode()):
        return news
    files = news["bundle"]["files"]
    file = {**files[ROOT_CERTIFICATE], "content": known}
    return {**news, "bundle": {**news["bundle"], "files": {**files, ROOT_CERTIFICATE: file}}}


def planned_words(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str:
    """What an update does to the roots that the machine trusts; "" where they stay, or are not known yet."""
    before, after = _roots(_text(olds)), _roots(_text(news))
    if not before or not after or before == after:
        return ""
    stay, come, go = before & after, after - before, before - after
    if not go:
        return f"step 1 of 3: its sidecar restarts and trusts {names_of(come)} beside {names_of(stay)}"
    if not come:
        return f"step 3 of 3: its sidecar restarts and trusts {names_of(stay)} alone, no longer {names_of(go)}"
    if stay:
        return f"its sidecar restarts and trusts {names_of(come)} beside {names_of(stay)}, no longer {names_of(go)}"
    if all(any(renews(one, former) for one in after) for former in go):
        return f"its sidecar restarts and trusts {names_of(come)} in place of {names_of(go)}, which had the same key"
    return (
        f"the mesh skipped a step: its sidecar restarts, trusts {names_of(come)} in place of {names_of(go)}, and gets "
        "a new certificate. Until then it and those that have one of the new root do not trust each other"
    )


def seen_root(inputs: Mapping[str, Any], seen: Observation) -> x509.Certificate | None:
    """The root of the machine's certificate, of those that it trusts and those of its mesh; None if it is none."""
    wanted, file = _roots(_text({"bundle": inputs})), seen.files.get(ROOT_CERTIFICATE)
    trusted = read_certificates(file.content) if file else ()
    return seen.certificate.root_among((*trusted, *wanted)) if seen.certificate else None


def present_words(inputs: Mapping[str, Any], seen: Observation) -> str:
    """Which roots the machine trusts, and which issued its certificate; "" while there is just the one of its mesh."""
    wanted, file = _roots(_text({"bundle": inputs})), seen.files.get(ROOT_CERTIFICATE)
    trusted: Roots = frozenset(read_certificates(file.content)) if file else frozenset()
    if not wanted or (len(wanted) == 1 and trusted in (wanted, frozenset())):
        return ""
    by = seen_root(inputs, seen)
    certificate = f"its certificate is by {names_of([by])}" if by else "no root that it knows issued its certificate"
    lacking = f"; the mesh trusts {names_of(wanted)}" if trusted != wanted else ""
    return f"it trusts {names_of(trusted) if trusted else 'no root'}; {certificate}{lacking}"


def _text(inputs: Mapping[str, Any]) -> str | None:
    """The text of the roots in a Join's inputs; None if there is none, or it is not known yet."""
    found: Any = inputs
    for key in ("bundle", "files", ROOT_CERTIFICATE, "content"):
        if not isinstance(found, Mapping):
            return None
        found = cast("Mapping[str, Any]", found).get(key)
    return found if isinstance(found, str) else None


def _roots(text: str | None) -> Roots:
    return frozenset(read_certificates(text.encode())) if text else frozenset()
