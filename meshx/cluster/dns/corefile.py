"""Others' Corefile with one part of meshx's: a server block that forwards a domain, below a comment.

Everything else stays byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from meshx.cluster.dns.corefile_syntax import (
    DEFAULT_PORT,
    ROOT,
    Block,
    CorefileError,
    blocks,
    directives,
    keys_asked,
    line_number,
    lines,
)

CACHE_SECONDS = 30
_ANSWERING = (
    *("auto", "azure", "clouddns", "etcd", "file", "forward", "grpc", "hosts", "k8s_external", "kubernetes", "proxy"),
    *("rewrite", "route53", "secondary", "template"),
)
"""Directives that decide where queries for a domain go (coredns.io/plugins); others measure, log or cache."""


@dataclass(frozen=True)
class DnsForward:
    """A forwarded domain, and who forwards it (the value of a stack's owner label)."""

    domain: str
    servers: tuple[str, ...]
    owner: str


def forwarded_servers(text: str, domain: str, owner: str) -> tuple[str, ...] | None:
    """The servers that meshx's part forwards to; None if there is no such part, () if pods do not reach it.

    Raises CorefileError.
    """
    found = _ours(text, domain, owner)
    if found is None:
        return None
    return _forwards(found) if {key.port for key in keys_asked(found)} >= set(_ports(text)) else ()


def _forwards(block: Block) -> tuple[str, ...]:
    for line in lines(block.tokens):
        if line[0].text == "forward":
            return tuple(token.text for token in line[2:] if token.text != "{")
    return ()


def with_forward(text: str, wanted: DnsForward) -> str:
    """The text with meshx's part as wanted: in place of an existing one, else at the end.

    Raises CorefileError, also if another block serves the domain, or if a block for a wider one decides where queries
    for the domain go: meshx's part would hide that.
    """
    ours = _ours(text, wanted.domain, wanted.owner)
    ports = _ports(text)
    for block in blocks(text):
        served = {key.zone for key in keys_asked(block) if key.port in ports}
        if wanted.domain in served and (ours is None or block.begin != ours.begin):
            raise CorefileError(f"another server block serves {wanted.domain} (line {line_number(text, block.begin)})")
        if ours is None and any(_is_below(wanted.domain, zone) for zone in served):
            _refuse_hidden(block, wanted.domain)
    part = _rendered(wanted, ports)
    if ours is not None:
        start = _start_of_part(text, ours, wanted.domain, wanted.owner)
        return text[:start] + part + text[ours.end :]
    if not text or text.endswith("\n"):
        return f"{text}{part}\n"
    # Without a newline at the end, which tells the removal to take the newline before it, too.
    return f"{text}\n{part}"


def without_forward(text: str, domain: str, owner: str) -> str:
    """The text without meshx's part; unchanged if there is none. Raises CorefileError."""
    ours = _ours(text, domain, owner)
    if ours is None:
        return text
    start, end = _start_of_part(text, ours, domain, owner), ours.end
    if end == len(text):
        return text[:start].removesuffix("\n")
    return text[:start] + text[end:].removeprefix("\n")


def served_by_others(text: str, domain: str) -> list[str]:
    """Zones below a domain that have their own blocks, so that pods still get those. Raises CorefileError."""
    ports = _ports(text)
    zones = {key.zone for block in blocks(text) for key in keys_asked(block) if key.port in ports}
    return sorted(zone for zone in zones if _is_below(zone, domain))


def forwarded_by(text: str, domain: str) -> tuple[str, ...]:
    """The servers that get queries for a domain, from whichever block handles it; () if none do.

    Raises CorefileError.
    """
    zones = {
        key.zone: block
        for block in blocks(text)
        for key in keys_asked(block)
        if key.zone == domain or _is_below(domain, key.zone)
    }
    if not zones:
        return ()
    return _forwards(zones[max(zones, key=lambda zone: len(zone.strip(ROOT)))])


def reloads(text: str) -> bool:
    """Whether CoreDNS reloads a changed file by itself. Raises CorefileError."""
    return any(line[0].text == "reload" for block in blocks(text) for line in lines(block.tokens))


def _ports(text: str) -> list[str]:
    """The ports that pods query: those of the blocks for all names."""
    written = [key.port for block in blocks(text) for key in keys_asked(block) if key.zone == ROOT]
    return list(dict.fromkeys(written)) or [DEFAULT_PORT]


def _is_below(zone: str, wider: str) -> bool:
    return zone != wider and (wider == ROOT or zone.endswith(f".{wider}"))


def _refuse_hidden(block: Block, domain: str) -> None:
    for directive in directives(block):
        if directive[0].text not in _ANSWERING:
            continue
        for token in directive[1:]:
            # Regular expressions have it, too: `(.*)\\.global\\.$`.
            name = token.text.lower().replace("\\", "").rstrip("$)").strip(ROOT)
            if name == domain or name.endswith(f".{domain}"):
                raise CorefileError(
                    f"line {token.line} says where {name} leads ({directive[0].text}), and nobody would ask it any "
                    f"more with a block of its own for {domain}"
                )


def _rendered(wanted: DnsForward, ports: list[str]) -> str:
    zones = " ".join(f"{wanted.domain}:{port}" for port in ports)
    return (
        f"{_mark(wanted.domain, wanted.owner)}\n{zones} {{\n    errors\n    cache {CACHE_SECONDS}\n"
        f"    forward . {' '.join(wanted.servers)}\n}}"
    )


def _mark(domain: str, owner: str) -> str:
    return f"# {domain} is forwarded by meshx stack {owner}, which takes this block out again."


def _ours(text: str, domain: str, owner: str) -> Block | None:
    """meshx's server block: the one right below its comment."""
    at = _mark_position(text, domain, owner)
    if at is None:
        return None
    following = next((block for block in blocks(text) if block.begin > at), None)
    if following is None or domain not in {key.zone for key in keys_asked(following)}:
        raise CorefileError(
            f"the comment of line {line_number(text, at)} says that a block of meshx follows, and another one does"
        )
    return following


def _mark_position(text: str, domain: str, owner: str) -> int | None:
    found = re.search(rf"^[ \t]*{re.escape(_mark(domain, owner))}[ \t]*$", text, re.MULTILINE)
    return found.start() if found else None


def _start_of_part(text: str, ours: Block, domain: str, owner: str) -> int:
    position = _mark_position(text, domain, owner)
    return ours.begin if position is None else position
