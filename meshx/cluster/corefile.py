"""A Corefile as text of others in which one part is ours: a server block that forwards a domain, below a comment.

Everything else stays byte for byte. Source of the syntax: github.com/coredns/caddy, caddyfile/lexer.go and parse.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

ROOT = "."
DEFAULT_PORT = "53"
CACHE_SECONDS = 30
_KEY = re.compile(r"(?:[a-z]+://)?(?P<zone>.*?)(?::(?P<port>\d+))?\Z")


class CorefileError(ValueError):
    """The Corefile cannot be read, or has no place for our part. The message says why, without a remedy."""


@dataclass(frozen=True)
class DnsForward:
    """A domain that is forwarded to servers, and whose doing it is (the value of a stack's owner label)."""

    domain: str
    servers: tuple[str, ...]
    owner: str


@dataclass(frozen=True)
class _Token:
    text: str
    line: int
    begin: int
    end: int
    quoted: bool


@dataclass
class _Block:
    """A server block, or a snippet. begin, end: where it stands in the text."""

    keys: list[str] = field(default_factory=list[str])
    tokens: list[_Token] = field(default_factory=list[_Token])
    begin: int = 0
    end: int = 0


def forwarded_servers(text: str, domain: str, owner: str) -> tuple[str, ...] | None:
    """The servers that our part forwards to; None where there is no such part. Raises CorefileError."""
    found = _ours(text, domain, owner)
    if found is None:
        return None
    for line in _lines(found.tokens):
        if line[0].text == "forward":
            return tuple(token.text for token in line[2:] if token.text != "{")
    return ()


def with_forward(text: str, wanted: DnsForward) -> str:
    """The text with our part as wanted: in the place of the one that is there, else at the end.

    Raises CorefileError, also where another block serves the domain.
    """
    blocks = list(_blocks(text))
    ours = _ours(text, wanted.domain, wanted.owner)
    port = DEFAULT_PORT
    for block in blocks:
        for key in block.keys:
            zone, written = _zone(key)
            if zone == wanted.domain and (ours is None or block.begin != ours.begin):
                raise CorefileError(f"another server block serves {wanted.domain} (line {_line(text, block.begin)})")
            if zone == ROOT and written:
                port = written
    part = _rendered(wanted, port)
    if ours is not None:
        start = _start_of_part(text, ours, wanted.domain, wanted.owner)
        return text[:start] + part + text[ours.end :]
    if not text or text.endswith("\n"):
        return f"{text}{part}\n"
    # Without a newline at the end, so that taking it out knows to take the one before it along.
    return f"{text}\n{part}"


def without_forward(text: str, domain: str, owner: str) -> str:
    """The text without our part; as it is where there is none. Raises CorefileError."""
    ours = _ours(text, domain, owner)
    if ours is None:
        return text
    start, end = _start_of_part(text, ours, domain, owner), ours.end
    if end == len(text):
        return text[:start].removesuffix("\n")
    return text[:start] + text[end:].removeprefix("\n")


def reloads(text: str) -> bool:
    """Whether CoreDNS looks for changes of its file by itself. Raises CorefileError."""
    return any(line[0].text == "reload" for block in _blocks(text) for line in _lines(block.tokens))


def _rendered(wanted: DnsForward, port: str) -> str:
    return (
        f"{_mark(wanted.domain, wanted.owner)}\n{wanted.domain}:{port} {{\n    errors\n    cache {CACHE_SECONDS}\n"
        f"    forward . {' '.join(wanted.servers)}\n}}"
    )


def _mark(domain: str, owner: str) -> str:
    return f"# {domain} is forwarded by meshx stack {owner}, which takes this block out again."


def _ours(text: str, domain: str, owner: str) -> _Block | None:
    """Our server block: the one right below our comment."""
    at = _mark_position(text, domain, owner)
    if at is None:
        return None
    following = next((block for block in _blocks(text) if block.begin > at), None)
    if following is None or domain not in {_zone(key)[0] for key in following.keys}:
        raise CorefileError(
            f"the comment of line {_line(text, at)} says that a block of meshx follows, and another one does"
        )
    return following


def _mark_position(text: str, domain: str, owner: str) -> int | None:
    found = re.search(rf"^[ \t]*{re.escape(_mark(domain, owner))}[ \t]*$", text, re.MULTILINE)
    return found.start() if found else None


def _start_of_part(text: str, ours: _Block, domain: str, owner: str) -> int:
    position = _mark_position(text, domain, owner)
    return ours.begin if position is None else position


def _zone(key: str) -> tuple[str, str]:
    """Zone and port of a block's key, such as `dns://global.:53`; the port is empty where none is written."""
    found = _KEY.fullmatch(key.lower())
    zone, port = (found["zone"], found["port"] or "") if found else (key, "")
    return zone.removesuffix(".") or ROOT, port


def _blocks(text: str) -> Iterator[_Block]:
    tokens = list(_tokens(text))
    position = 0
    while position < len(tokens):
        block = _Block(begin=tokens[position].begin)
        position = _read_keys(tokens, position, block)
        position = _read_contents(tokens, position, block)
        yield block


def _read_keys(tokens: list[_Token], position: int, block: _Block) -> int:
    first = tokens[position]
    if first.text == "import":
        raise CorefileError(f"line {first.line} imports server blocks from elsewhere, which cannot be looked at here")
    another = False
    while position < len(tokens):
        token = tokens[position]
        if token.text == "{" and not token.quoted:
            if not block.keys or another:
                raise CorefileError(f"line {token.line} opens a block without a zone")
            return position + 1
        if token.text == "}" and not token.quoted:
            raise CorefileError(f"line {token.line} closes a block that was not opened")
        if block.keys and not another and token.line != tokens[position - 1].line:
            raise CorefileError(f"line {token.line} stands in no server block")
        another = token.text.endswith(",")
        block.keys.append(token.text.removesuffix(","))
        position += 1
    raise CorefileError(f"line {first.line} names zones, and no block follows")


def _read_contents(tokens: list[_Token], position: int, block: _Block) -> int:
    depth = 1
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.text == "{" and not token.quoted:
            depth += 1
        elif token.text == "}" and not token.quoted:
            depth -= 1
            if depth == 0:
                block.end = token.end
                return position
        block.tokens.append(token)
    raise CorefileError(f"the block of {' '.join(block.keys)} is not closed")


def _lines(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """Tokens line by line."""
    line: list[_Token] = []
    for token in tokens:
        if line and token.line != line[0].line:
            yield line
            line = []
        line.append(token)
    if line:
        yield line


def _tokens(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(text):
        character = text[position]
        if character == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif character.isspace() or character == "\ufeff":
            line += character == "\n"
            position += 1
        elif character == '"':
            token = _quoted(text, position, line)
            yield token
            line += text.count("\n", position, token.end)
            position = token.end
        else:
            end = position
            while end < len(text) and not text[end].isspace() and text[end] != "#":
                end += 1
            yield _Token(text[position:end], line, position, end, quoted=False)
            position = end


def _quoted(text: str, begin: int, line: int) -> _Token:
    position = begin + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == '"':
            content = text[begin + 1 : position].replace('\\"', '"')
            return _Token(content, line, begin, position + 1, quoted=True)
        else:
            position += 1
    raise CorefileError(f"the quote of line {line} is not closed")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
