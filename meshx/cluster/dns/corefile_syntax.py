"""Reads a Corefile: its server blocks with their keys, lines and directives, each with its place in the text.

Source of the syntax: github.com/coredns/caddy, caddyfile/lexer.go and parse.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

ROOT = "."
DEFAULT_PORT = "53"
_KEY = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?P<zone>.*?)(?::(?P<port>\d+))?\Z")
_PLAIN = ("", "dns")
"""The schemes of blocks that pods query: all others are for DNS over TLS, HTTPS, gRPC and the like."""


class CorefileError(ValueError):
    """The Corefile cannot be read, or has no place for meshx's part. The message says why, without a remedy."""


@dataclass(frozen=True)
class Token:
    """A word; line: from 1 on. begin, end: its place in the text."""

    text: str
    line: int
    begin: int
    end: int
    quoted: bool


@dataclass
class Block:
    """A server block, or a snippet. begin, end: its place in the text."""

    keys: list[str] = field(default_factory=list[str])
    tokens: list[Token] = field(default_factory=list[Token])
    begin: int = 0
    end: int = 0


@dataclass(frozen=True)
class Key:
    """What a block answers for: a zone without its last dot, on a port."""

    zone: str
    port: str


def blocks(text: str) -> Iterator[Block]:
    """Every server block and snippet of a Corefile, in order. Raises CorefileError."""
    tokens = list(_tokens(text))
    position = 0
    while position < len(tokens):
        block = Block(begin=tokens[position].begin)
        position = _read_keys(tokens, position, block)
        position = _read_contents(tokens, position, block)
        yield block


def _read_keys(tokens: list[Token], position: int, block: Block) -> int:
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


def _read_contents(tokens: list[Token], position: int, block: Block) -> int:
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


def lines(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens line by line."""
    line: list[Token] = []
    for token in tokens:
        if line and token.line != line[0].line:
            yield line
            line = []
        line.append(token)
    if line:
        yield line


def _tokens(text: str) -> Iterator[Token]:
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
            yield Token(text[position:end], line, position, end, quoted=False)
            position = end


def _quoted(text: str, begin: int, line: int) -> Token:
    position = begin + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == '"':
            content = text[begin + 1 : position].replace('\\"', '"')
            return Token(content, line, begin, position + 1, quoted=True)
        else:
            position += 1
    raise CorefileError(f"the quote of line {line} is not closed")


def keys_asked(block: Block) -> Iterator[Key]:
    """The keys with which a block answers pods, such as `dns://global.:53`."""
    for key in block.keys:
        found = _KEY.fullmatch(key.lower())
        if found is None:
            yield Key(key, DEFAULT_PORT)
        elif (found["scheme"] or "") in _PLAIN:
            yield Key(found["zone"].removesuffix(".") or ROOT, found["port"] or DEFAULT_PORT)


def directives(block: Block) -> Iterator[list[Token]]:
    """Each directive of a block with its lines; the zones that a forward excepts are not among them."""
    directive: list[Token] = []
    depth = 0
    for line in lines(block.tokens):
        if depth == 0 and directive:
            yield directive
            directive = []
        if not (depth and line[0].text == "except"):
            directive += line
        depth += sum({"{": 1, "}": -1}.get(token.text, 0) for token in line if not token.quoted)
    if directive:
        yield directive


def line_number(text: str, position: int) -> int:
    """The line of a position in a text, from 1 on."""
    return text.count("\n", 0, position) + 1
