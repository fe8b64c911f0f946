"""No private key and no token is where others can read it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import cast

from meshx_policy.rules.rule import Resource, ResourceRule, Settings

# The engine does not tell a policy what is secret, so this lists the places that SDKs encrypt by themselves.
_KEPT_SECRET: Mapping[str, frozenset[str]] = {
    "pulumi:providers:meshx": frozenset({"sshPrivateKey", "kubeconfig"}),
    "pulumi:providers:kubernetes": frozenset({"kubeconfig"}),
    "meshx:index:MeshRoots": frozenset({"key"}),
    "command:remote:Command": frozenset({"connection"}),
    "command:remote:CopyToRemote": frozenset({"connection"}),
    "command:remote:CopyFile": frozenset({"connection"}),
    "kubernetes:core/v1:Secret": frozenset({"data", "stringData"}),
    "gcp:secretmanager/secretVersion:SecretVersion": frozenset({"secretData"}),
}

_KINDS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    "a token (JWT)": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "an access token of Google": re.compile(r"\bya29\.[\w.-]{20,}"),
    "an API key of Google": re.compile(r"\bAIza[\w-]{35}\b"),
    "an access token of GitHub": re.compile(r"\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})"),
    "an access token of Pulumi": re.compile(r"\bpul-[0-9a-f]{40}\b"),
    "an access key of AWS": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
}
# Most texts have none, and one search for all is much faster than one for each.
_ANY = re.compile(r"PRIVATE KEY|eyJ|ya29\.|AIza|gh[pousr]_|github_pat_|pul-|AKIA")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*")


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """The places in a resource with a secret in plain text; never the secret itself."""
    kept = _KEPT_SECRET.get(resource.type, frozenset[str]())
    for key, value in resource.properties.items():
        if key not in kept:
            for place, kind in _found(key, value):
                yield (
                    f"{place}: {kind} is here in plain text, for everybody who may read the object or the stack's "
                    "state. Assume that others know it, and replace it. Use a Secret of the cluster or of Secret "
                    "Manager, the name of a file, or nothing: machines get their identity by themselves"
                )


def _found(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        kind = kind_of_secret(value)
        if kind:
            yield place, kind
    elif isinstance(value, Mapping):
        for key, below in cast("Mapping[str, object]", value).items():
            yield from _found(f"{place}.{key}", below)
    elif isinstance(value, list):
        for position, item in enumerate(cast("list[object]", value)):
            yield from _found(f"{place}[{position}]", item)


def kind_of_secret(text: str) -> str | None:
    """The kind of secret in a text, as it is or in base64; None for none."""
    if kind := _kind(text):
        return kind
    if _BASE64.fullmatch(text):
        try:
            decoded = base64.b64decode("".join(text.split()), validate=True).decode("latin-1")
        except binascii.Error:
            return None
        return f"{kind} in base64" if (kind := _kind(decoded)) else None
    return None


def _kind(text: str) -> str | None:
    if not _ANY.search(text):
        return None
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(text)), None)


RULE = ResourceRule(
    "no-secrets-in-plain-text",
    "No private key and no token is in metadata, ConfigMaps, scripts, chart values or any other plain input.",
    violations,
)
