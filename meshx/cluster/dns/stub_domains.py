"""kube-dns' stub domains, `stubDomains` of its ConfigMap: others' JSON in which one key is meshx's.

Source: kubernetes.io, Customizing DNS Service; github.com/kubernetes/dns, pkg/dns/config/config.go.
"""

from __future__ import annotations

import json
from typing import Any, cast


class StubDomainsError(ValueError):
    """The text is not what kube-dns reads. The message says why, without a remedy."""


def stub_servers(text: str, domain: str) -> tuple[str, ...] | None:
    """The servers that a domain is forwarded to; None if it is not. Raises StubDomainsError."""
    servers = _domains(text).get(domain)
    return None if servers is None else tuple(servers)


def with_stub_domain(text: str, domain: str, servers: tuple[str, ...]) -> str:
    """The text with a domain forwarded to servers; all others stay. Raises StubDomainsError."""
    return json.dumps({**_domains(text), domain: list(servers)})


def without_stub_domain(text: str, domain: str) -> str:
    """The text without a domain; empty if nothing is left. Raises StubDomainsError."""
    left = {name: servers for name, servers in _domains(text).items() if name != domain}
    return json.dumps(left) if left else ""


def _domains(text: str) -> dict[str, list[str]]:
    if not text.strip():
        return {}
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise StubDomainsError(f"it is not JSON ({error})") from None
    domains = cast("dict[str, Any]", found) if isinstance(found, dict) else None
    if domains is None or not all(_is_list_of_texts(servers) for servers in domains.values()):
        raise StubDomainsError("it is not a JSON object of domains, each with a list of servers")
    return domains


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value))
