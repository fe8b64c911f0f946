"""Tokens of service accounts: what stands in one, and ones that are no longer good or never were."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sandbox.kubernetes.apiserver import PKI

COORDINATE = 32
"""Bytes of a number in a signature of ES256 (RFC 7518, 3.4)."""


def claims(token: str) -> dict[str, Any]:
    """What a token says."""
    return json.loads(_decoded(token.split(".")[1]))


def ended(token: str, seconds: float = 600) -> str:
    """The same token as if given out so long ago that it ended `seconds` ago; signed by the apiserver's own key."""
    said, head = claims(token), token.partition(".")[0]
    end = int(time.time() - seconds)
    life = said["exp"] - said["iat"]
    signed = f"{head}.{_encoded({**said, 'exp': end, 'iat': end - life, 'nbf': end - life})}"
    key = serialization.load_pem_private_key((PKI / "service-accounts.key").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_text(b''.join(number.to_bytes(COORDINATE, 'big') for number in numbers))}"


def for_another(token: str, namespace: str, account: str) -> str:
    """The token with another account's name in it, and the signature that it had."""
    head, _, signature = token.split(".")
    said = claims(token)
    said["sub"] = f"system:serviceaccount:{namespace}:{account}"
    said["kubernetes.io"] = {**said["kubernetes.io"], "namespace": namespace}
    said["kubernetes.io"]["serviceaccount"] = {**said["kubernetes.io"]["serviceaccount"], "name": account}
    return f"{head}.{_encoded(said)}.{signature}"


def _encoded(said: dict[str, Any]) -> str:
    return _text(json.dumps(said).encode())


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
