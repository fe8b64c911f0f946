"""What must be found nowhere: tokens and private keys, as they are and by their look."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

JSON_WEB_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
LOOKS = {"a token by its look": JSON_WEB_TOKEN, "a private key by its look": PRIVATE_KEY}
SHORTEST = 24
"""A shorter line of a key, such as its last, could be found by chance."""


@dataclass
class Needles:
    """Secrets by name, each as the lines that it is made of, since a log may show a part."""

    lines: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, secret: str) -> None:
        """Look for a secret from now on. A header or footer of a key counts as no part of it, nor does a short line.

        A token counts by its last part: the first two say nothing that lets anybody in.
        """
        parts = secret.strip().splitlines()
        if secret.startswith("eyJ"):
            parts = [secret.strip().rpartition(".")[2]]
        kept = [line for line in parts if len(line) >= SHORTEST and not line.startswith("-----")]
        # The first line of an OpenSSH key is the same for all keys of its kind.
        self.lines[name] = kept[1:] if len(kept) > 1 else kept
        assert self.lines[name], f"there is nothing to look for in {name}"

    def patterns(self) -> str:
        """All lines to look for, one below the other."""
        return "".join(f"{line}\n" for lines in self.lines.values() for line in lines)

    def found_in(self, text: bytes) -> list[str]:
        """The names of what is in a text; never the secret."""
        named = [name for name, lines in self.lines.items() if any(line.encode() in text for line in lines)]
        return named + [name for name, look in LOOKS.items() if look.search(text)]
