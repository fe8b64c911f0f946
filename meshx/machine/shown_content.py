"""How a file's content is shown in states, previews and logs: as it is, or by its digest where it is of another kind.

A file that somebody put in the place of meshx's own may hold what is nobody's to read.
"""

import hashlib
import re

_ASSIGNMENT = re.compile(r"(?:export )?[A-Za-z_]\w*=")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----")


def shown_content(wanted: str, found: bytes) -> str:
    """Return the text of `found` if it is of the kind of `wanted`, else words with its SHA-256.

    Kinds: certificates in PEM, assignments of a shell (cluster.env), and Istio's mesh configuration.
    """
    text = found.decode("utf-8", "replace")
    if text == wanted or not text.strip() or _is_of_kind(wanted, text):
        return text
    return f"{len(found)} bytes of another kind, SHA-256 {hashlib.sha256(found).hexdigest()}\n"


def _is_of_kind(wanted: str, text: str) -> bool:
    if _CERTIFICATE.search(wanted):
        return not _CERTIFICATE.sub("", text).strip()
    lines, wanted_lines = _significant(text), _significant(wanted)
    if all(_ASSIGNMENT.match(line) for line in wanted_lines):
        return all(_ASSIGNMENT.match(line) for line in lines)
    return not lines or lines[0].partition(":")[0] == wanted_lines[0].partition(":")[0]


def _significant(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
