"""The metadata server of the instances, at 169.254.169.254 (cloud.google.com/compute/docs/metadata/overview).

It tells instances apart by the sender's address, and does not answer anybody else. A folder lists its
entries. It does not support `recursive`, `wait_for_change` and `alt`.
"""

import contextlib
import json
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.gce import accounts, cloud
from sandbox.gce.access_tokens import AccessTokens, full_scopes, identity
from sandbox.gce.catalogue import PROJECT_NUMBER, SUBNETWORKS, name_of
from sandbox.gce.cloud import Properties
from sandbox.gce.googleapi import GoogleError
from sandbox.gce.instances import host_name
from sandbox.network.addresses import METADATA_SERVER

ROOT = "/computeMetadata/v1/"
FLAVOR = "Google"


class RefusedError(Exception):
    """A request that gets another status than 200: the status, and the text of the answer."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def asking(address: str) -> Properties | None:
    """The instance that has an address, or None."""
    for instance in cloud.everything("instances").values():
        if instance["networkInterfaces"][0]["networkIp"] == address:
            return instance
    return None


def answer(instance: Properties, target: str, headers: dict[str, str], tokens: AccessTokens) -> tuple[str, str]:
    """The type and the text of the answer to GET `target` from an instance. headers: by lower-case names.

    Raises RefusedError.
    """
    if headers.get("metadata-flavor") != FLAVOR:
        raise RefusedError(HTTPStatus.FORBIDDEN, "Missing Metadata-Flavor:Google header.")
    if "x-forwarded-for" in headers:
        raise RefusedError(HTTPStatus.FORBIDDEN, "Requests with X-Forwarded-For are not served.")
    parts = urlsplit(target)
    if parts.path == "/":
        # A program that checks whether it runs at Google asks here, and looks at the answer's Metadata-Flavor.
        return "application/text", "computeMetadata/\n"
    if not parts.path.startswith(ROOT):
        raise RefusedError(HTTPStatus.NOT_FOUND, f"{parts.path} was not found")
    words = [word for word in parts.path.removeprefix(ROOT).split("/") if word]
    if words[:2] == ["instance", "service-accounts"] and len(words) == 4:  # noqa: PLR2004 (.../ACCOUNT/WHAT)
        return _of_account(instance, words[2], words[3], parse_qs(parts.query), tokens)
    found: Any = _tree(instance)
    for word in words:
        if not isinstance(found, dict) or word not in found:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"{parts.path} was not found")
        found = found[word]
    if isinstance(found, dict):
        return "application/text", "".join(f"{key}{'/' * isinstance(found[key], dict)}\n" for key in found)
    if isinstance(found, list):
        return "application/json", json.dumps(found)
    return "application/text", str(found)


def _tree(instance: Properties) -> Properties:
    interface = instance["networkInterfaces"][0]
    (subnetwork,) = (known for known in SUBNETWORKS if known.link == interface["subnetwork"])
    place = f"projects/{PROJECT_NUMBER}"
    account = instance.get("serviceAccount")
    return {
        "project": {
            "attributes": {},
            "numeric-project-id": PROJECT_NUMBER,
            "project-id": instance["project"],
        },
        "instance": {
            "attributes": instance.get("metadata") or {},
            "description": instance.get("description") or "",
            "hostname": host_name(instance),
            "id": instance["instanceId"],
            "machine-type": f"{place}/machineTypes/{name_of(instance['machineType'])}",
            "name": instance["name"],
            "network-interfaces": {
                "0": {
                    "gateway": str(subnetwork.machines.gateway.ip),
                    "ip": interface["networkIp"],
                    "network": f"{place}/networks/{subnetwork.network}",
                    "subnetmask": str(subnetwork.machines.gateway.network.netmask),
                }
            },
            "service-accounts": {"default": {}, account["email"]: {}} if account else {},
            "tags": instance.get("tags") or [],
            "zone": f"{place}/zones/{instance['zone']}",
        },
    }


def _of_account(
    instance: Properties, name: str, what: str, query: dict[str, list[str]], tokens: AccessTokens
) -> tuple[str, str]:
    given = instance.get("serviceAccount") or {}
    try:
        if name not in ("default", given.get("email")):
            raise GoogleError
        account = accounts.by_email(str(given.get("email")))
    except GoogleError:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"service account {name} was not found") from None
    if what == "token":
        token = tokens.give(instance["instanceId"], account["email"], given.get("scopes") or [])
        left = max(int(token.end - time.time()), 0)
        said = {"access_token": token.text, "expires_in": left, "token_type": "Bearer"}
        return "application/json", json.dumps(said)
    if what == "identity":
        audience = query.get("audience", [""])[0]
        if not audience:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "non-empty audience parameter required")
        return "application/text", identity(instance, account, audience, full=query.get("format") == ["full"])
    plain = {"aliases": "default", "email": account["email"], "scopes": "\n".join(full_scopes(given["scopes"]))}
    if what not in plain:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"service account {name} has no {what}")
    return "application/text", plain[what]


def server(tokens: AccessTokens) -> ThreadingHTTPServer:
    """The server, bound to its address and not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "Metadata Server for VM"
        sys_version = ""

        def do_GET(self) -> None:
            instance = asking(self.client_address[0])
            if instance is None:
                self.close_connection = True
                return
            try:
                kind, text = answer(instance, self.path, {k.lower(): v for k, v in self.headers.items()}, tokens)
                status = HTTPStatus.OK
            except RefusedError as refusal:
                kind, text, status = "text/html; charset=UTF-8", str(refusal), refusal.status
            self.send_response(status)
            self.send_header("Metadata-Flavor", FLAVOR)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            # A client that only checks whether this is Google's does not wait for the text.
            with contextlib.suppress(ConnectionError):
                self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (http.server's name)
            """Nothing: no log shows who asks for tokens how often."""

    return ThreadingHTTPServer((str(METADATA_SERVER), 80), Handler)
