"""Access tokens and identity tokens of service accounts: the metadata server issues them, the cluster knows them.

An access token is opaque, and exists only in the memory of the one process that issues and checks it. An
identity token is a JWT (RFC 7519) with Google's claims (cloud.google.com/compute/docs/instances/verifying-instance-
identity), signed with a key of the sandbox.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.gce import accounts, cloud, settings
from sandbox.gce.catalogue import PROJECT_NUMBER
from sandbox.gce.cloud import FOLDER, Properties
from sandbox.gce.googleapi import GoogleError

ISSUER = "https://accounts.google.com"
PUBLIC_KEY = FOLDER / "identity-key.pub"
"""The key, PEM, that checks identity tokens."""
IDENTITY_SECONDS = 3600
SCOPE = "https://www.googleapis.com/auth/"
ALL = f"{SCOPE}cloud-platform"
EMAIL = f"{SCOPE}userinfo.email"
ALIASES = {"cloud-platform": ALL, "userinfo-email": EMAIL}
RENEWED_AT = 1 / 12
"""How much of a token's life is left when the metadata server issues the next: of an hour, five minutes."""


@dataclass(frozen=True)
class AccessToken:
    """An access token, its instance and account, and when it ends (time.time()); seconds: its whole life."""

    text: str
    instance: str
    email: str
    scopes: tuple[str, ...]
    end: float
    seconds: float


class AccessTokens:
    """The issued access tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_text: dict[str, AccessToken] = {}

    def give(self, instance: str, email: str, scopes: Sequence[str]) -> AccessToken:
        """The access token of an instance's service account; the same one until it nearly ends."""
        now, known = time.time(), tuple(full_scopes(scopes))
        seconds = settings.read().token_seconds
        with self._lock:
            self._by_text = {text: token for text, token in self._by_text.items() if token.end > now}
            for token in self._by_text.values():
                same = (token.instance, token.email, token.scopes, token.seconds) == (instance, email, known, seconds)
                if same and token.end - now > seconds * RENEWED_AT:
                    return token
            text = f"ya29.c.{secrets.token_urlsafe(96)}"
            made = AccessToken(text, instance, email, known, now + seconds, seconds)
            self._by_text[made.text] = made
            return made

    def user_of(self, text: str) -> str:
        """The cluster's name for the account of an access token; "" for a token that is not valid.

        GKE (cloud.google.com/kubernetes-engine/docs/how-to/role-based-access-control, "Permission error with service
        accounts on VM instances") sees the e-mail only if the token has the scope userinfo.email.
        """
        with self._lock:
            token = self._by_text.get(text)
        if token is None or token.end <= time.time() or not {ALL, f"{SCOPE}compute"} & set(token.scopes):
            return ""
        try:
            account = accounts.by_email(token.email)
        except GoogleError:
            return ""
        by_email = {"scopes": EMAIL in token.scopes, "email": True, "number": False}[settings.read().user_name]
        return "" if account["disabled"] else str(account["email"] if by_email else account["uniqueId"])


def full_scopes(scopes: Sequence[str]) -> list[str]:
    """Scopes by their whole addresses; it takes gcloud's short names as the official provider does."""
    return [ALIASES.get(scope, scope) for scope in scopes]


def identity(instance: Properties, account: Properties, audience: str, *, full: bool) -> str:
    """An identity token of an instance's service account. full: with facts about the instance (`format=full`)."""
    now = int(time.time())
    claims = {
        "aud": audience,
        "azp": account["uniqueId"],
        "email": account["email"],
        "email_verified": True,
        "exp": now + IDENTITY_SECONDS,
        "iat": now,
        "iss": ISSUER,
        "sub": account["uniqueId"],
    }
    if full:
        about = {
            "instance_id": instance["instanceId"],
            "instance_name": instance["name"],
            "project_id": instance["project"],
            "project_number": int(PROJECT_NUMBER),
            "zone": instance["zone"],
        }
        claims["google"] = {"compute_engine": about}
    head = _encoded(json.dumps({"alg": "RS256", "kid": "sandbox", "typ": "JWT"}).encode())
    signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
    signature = _key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_encoded(signature)}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _key() -> rsa.RSAPrivateKey:
    file = FOLDER / "identity-key.pem"
    with cloud.changing():
        if file.exists():
            key = serialization.load_pem_private_key(file.read_bytes(), password=None)
            assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 -- tells the type checker what is written below
            return key
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
        public = key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        PUBLIC_KEY.write_bytes(public)
        return key
