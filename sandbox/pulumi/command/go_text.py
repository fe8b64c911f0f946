"""Texts as Go writes them."""

_ESCAPES = {letter: f"\\{word}" for letter, word in zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True)}
_ASCII, _ONE_WORD = 0x80, 0x10000


def quoted(text: str) -> str:
    """A text in quotes as by `%q` (strconv.Quote): printable characters stay, others are escaped."""
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    number = ord(letter)
    if number < _ASCII:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _ONE_WORD else f"\\U{number:08x}"


def endpoint(host: str, port: int) -> str:
    """An address as by net.JoinHostPort."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
