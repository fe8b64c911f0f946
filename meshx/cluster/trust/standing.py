"""Since when which root has been trusted, and until when it issued: an annotation of the Secret `cacerts`.

The steps of a change need both: a proxy trusts the roots that came with its last certificate, and certificates of a
root live on after its end as an issuer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, cast

from cryptography import x509

from meshx.cluster.cluster_objects import part
from meshx.config.values.certificates import fingerprint

ANNOTATION = "meshx/roots-of-trust"
ISSUES = "now"
"""What the annotation has in place of a time for the root that issues."""
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class _Root:
    """trusted: since when. issued: until when, as it is written: a time, ISSUES, or "" for never."""

    trusted: str
    issued: str = ""


@dataclass(frozen=True)
class Standing:
    """What is known of the roots in the Secret.

    digest: of the certificates that istiod has for sure, "" where that is not known. changed: the latest time that may
    be meant, which stands for every time that nobody wrote down.
    """

    digest: str = ""
    changed: datetime = _LONG_AGO
    roots: Mapping[str, _Root] = field(default_factory=dict[str, _Root])

    def trusted_since(self, root: x509.Certificate) -> datetime:
        """Since when istiod has told everybody to trust it."""
        known = self.roots.get(fingerprint(root))
        return _instant(known.trusted, self.changed) if known else self.changed

    def issued_until(self, root: x509.Certificate) -> datetime | None:
        """Until when a root that no longer issues may have issued; None if it never did."""
        known = self.roots.get(fingerprint(root))
        if known is None:
            return self.changed
        return _instant(known.issued, self.changed) if known.issued else None

    def pending(self, issuer: x509.Certificate) -> Standing:
        """What is known until istiod has another content: whoever is to issue by it may do so from now on."""
        known = {
            name: replace(one, issued=ISSUES) if name == fingerprint(issuer) else one
            for name, one in self.roots.items()
        }
        return replace(self, digest="", roots=known)

    def settled(
        self, roots: Iterable[x509.Certificate], issuer: x509.Certificate, digest: str, now: datetime
    ) -> Standing:
        """What is known once istiod has these roots, and issues by that one."""
        instant = now.strftime(_FORMAT)
        known: dict[str, _Root] = {}
        for root in roots:
            before = self.roots.get(fingerprint(root)) or _Root(instant)
            if root == issuer:
                before = replace(before, issued=ISSUES)
            elif before.issued == ISSUES:
                before = replace(before, issued=instant)
            known[fingerprint(root)] = before
        return Standing(digest, now, known)

    def written(self) -> str:
        """The annotation's text."""
        roots = {name: {"trusted": one.trusted, "issued": one.issued} for name, one in sorted(self.roots.items())}
        return json.dumps({"digest": self.digest, "roots": roots})


def standing_of(secret: Mapping[str, Any], roots: Iterable[x509.Certificate], digest: str = "") -> Standing:
    """What an object of the API tells. roots: those in it, of which any may have issued where nothing is written.

    digest: of what it holds, "" for what istiod wrote itself. Until that is noted, istiod may have taken it just now;
    then the time of the object's last change stands for nothing.
    """
    metadata = part(secret, "metadata")
    times = [metadata.get("creationTimestamp"), *(one.get("time") for one in metadata.get("managedFields") or ())]
    changed = max((_instant(str(time), _LONG_AGO) for time in times if time), default=_LONG_AGO)
    now = datetime.now(timezone.utc)
    try:
        found = cast("dict[str, Any]", json.loads(part(metadata, "annotations").get(ANNOTATION, "")))
        known = {name: _Root(str(one["trusted"]), str(one["issued"])) for name, one in found["roots"].items()}
        if digest and found["digest"] not in ("", digest):
            # Others wrote it since: whatever they added may have issued meanwhile.
            added = _Root(now.strftime(_FORMAT), ISSUES)
            known = {**{fingerprint(root): added for root in roots}, **known}
        return Standing(str(found["digest"]), changed if found["digest"] == digest else now, known)
    except (ValueError, KeyError, TypeError, AttributeError):
        changed = now if digest else changed
        since = changed.strftime(_FORMAT)
        return Standing("", changed, {fingerprint(root): _Root(since, ISSUES) for root in roots})


def _instant(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.strptime(text[:19] + "Z", _FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return otherwise
