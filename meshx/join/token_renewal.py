"""The files with which a machine over SSH renews its token itself, with its own identity. None is secret."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.istio.machine_paths import CERTIFICATE_CHAIN, ROOT_CERTIFICATE, TOKEN
from meshx.join.scripts_library import LIBRARY, script_text
from meshx.join.states import IN_PLACE

RENEWAL_FILES = (
    "cluster_access.sh",
    "token_request.sh",
    "renew_token.sh",
    "ended_certificate.sh",
    "gce/meshx-token.service",
    "gce/meshx-token.timer",
)
METADATA_SERVER = "169.254.169.254"
"""The address, since look-ups of names may be captured. An instance's requests there must not depend on the sidecar,
least of all the request for the startup script that repairs the sidecar. Source:
https://cloud.google.com/compute/docs/metadata/querying-metadata"""
METADATA_RANGE = f"{METADATA_SERVER}/32"
METADATA = f"http://{METADATA_SERVER}/computeMetadata/v1"
WITHOUT_STARTUP_SCRIPT = f"""\
[Service]
ExecStartPre=+/usr/bin/install -d -o istio-proxy -m 0755 /var/run/secrets
ExecStartPre=/usr/bin/install -d -m 0700 /var/run/secrets/tokens
ExecStartPost=+/bin/bash {LIBRARY}/ended_certificate.sh
"""
"""On an instance the startup script does this at each boot; here this unit setting must, since the token's folder is in
memory. The second is the proxy's own work: it may make a link of the name, which root would follow."""


def renewal_inputs(
    server: str, certificate_authority: str, namespace: str, account: str, seconds: int
) -> dict[str, object]:
    """Return the `renewal` of a bundle: by what a machine asks the API server at a URL for a token of an account."""
    return {
        "server": server.rstrip("/"),
        "certificateAuthority": certificate_authority,
        "namespace": namespace,
        "account": account,
        "audience": TOKEN_AUDIENCE,
        "seconds": seconds,
        "state": IN_PLACE,
    }


def renewal_files(renewal: Mapping[str, Any]) -> dict[str, str]:
    """Return the files by name, for a bundle's `renewal`: `{server, certificateAuthority, namespace, account, audience,
    seconds, state}`.
    """
    settings = {
        "METADATA": METADATA,
        "API_SERVER": renewal["server"],
        "API_SERVER_RESOLVE": "",
        "API_SERVER_CONNECT_TO": "",
        "NAMESPACE": renewal["namespace"],
        "SERVICE_ACCOUNT": renewal["account"],
        "TOKEN_AUDIENCE": renewal["audience"],
        "TOKEN_SECONDS": int(renewal["seconds"]),
        "TOKEN_FILE": TOKEN,
        "ROOT_FILE": ROOT_CERTIFICATE,
        "CERTIFICATE_FILE": CERTIFICATE_CHAIN,
        "LONGEST_PAUSE": 60,
    }
    third = int(renewal["seconds"]) // 3
    authority = renewal["certificateAuthority"]
    return {
        **{Path(name).name: script_text(name) for name in RENEWAL_FILES},
        "cluster_access.env": "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in settings.items()),
        # Immediately after a boot, since the machine may have been off for long. Two renewals may fail before a token
        # expires.
        "interval.conf": f"[Timer]\nOnActiveSec=1\nOnUnitInactiveSec={third}\n",
        "without-startup-script.conf": WITHOUT_STARTUP_SCRIPT,
        **({"api-server-ca.pem": authority} if authority else {}),
    }


def renewal_checksums(renewal: Mapping[str, Any]) -> str:
    """Return a line for each of the files: its SHA-256 and its name."""
    files = sorted(renewal_files(renewal).items())
    return "".join(f"{hashlib.sha256(text.encode()).hexdigest()} {name}\n" for name, text in files)
