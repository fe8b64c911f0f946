"""The startup script of an instance that joins by itself: the join's scripts and its bundle, as one text.

It stands in the instance's metadata, which everybody reads who may look at the instance, and every process on it. So
it holds nothing secret, and nothing that must not be read: the token and the mesh's root certificate are fetched by the
instance's own identity (meshx/scripts/cluster_access.sh).
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.machine_files import machine_files

SCRIPTS = Path(__file__).parent.parent / "scripts"
JOIN_SCRIPTS = ("join.sh", "machine.sh", "packet_rules.sh", "checks.sh", "before.sh", "node_agent.sh")
ACCESS_SCRIPTS = ("cluster_access.sh", "renew_token.sh")
GCE_FILES = (
    "startup.sh",
    "follow.sh",
    "probe.sh",
    "stop_serving.sh",
    "meshx-token.service",
    "meshx-token.timer",
    "meshx-follow.service",
    "meshx-follow.timer",
    "meshx-stop-serving.service",
)
METADATA = "http://169.254.169.254/computeMetadata/v1"
"""By its address: names may be captured. Source: https://cloud.google.com/compute/docs/metadata/querying-metadata"""
LONGEST = 256 * 1024
"""Bytes of one metadata value (https://cloud.google.com/compute/docs/metadata/setting-custom-metadata)."""


@dataclass(frozen=True)
class ClusterAccess:
    """How an instance reaches the cluster's API server, and what it asks for there.

    ``server``: `https://host:port`. ``resolve``: `host:port:address` where the host's name is nobody's to look up, else
    "". ``certificate_authority``: what its certificate is checked by, as PEM text; "" where the system trusts it.
    ``account`` is a service account of ``namespace``; ``token_seconds`` how long a token for ``audience`` is asked for.
    ``leave_seconds``: how long an instance that goes down by itself serves on after its probe begins to fail.
    """

    server: str
    resolve: str
    certificate_authority: str
    namespace: str
    account: str
    audience: str
    token_seconds: int
    leave_seconds: int = 0


def startup_script(bundle: Mapping[str, Any], access: ClusterAccess, own: str) -> str:
    """Return the script. ``bundle`` is in the shape of `bundle_inputs`, without the mesh's root certificate, which the
    instance fetches; ``own`` is a script of the user's, or "".

    Raises ValueError where it is longer than metadata may be.
    """
    parts = {
        **{name: _script(name) for name in (*JOIN_SCRIPTS, *ACCESS_SCRIPTS)},
        **{name: _script(f"gce/{name}") for name in GCE_FILES},
        **machine_files(bundle),
        "cluster_access.env": _settings(access, bundle["package"]["source"]),
    }
    if access.certificate_authority:
        parts["api-server-ca.pem"] = access.certificate_authority
    if own:
        parts["own-startup"] = own
    head, tail = _script("gce/unpack.sh"), _script("gce/run.sh")
    body = "".join(_unpacked(name, text) for name, text in parts.items())
    revision = hashlib.sha256(f"{head}{body}{tail}".encode()).hexdigest()[:16]
    shebang, _, rest = head.partition("\n")
    script = f"{shebang}\n# Revision: {revision}\n{rest}{body}{_unpacked('revision', revision)}{tail}"
    if len(script.encode()) > LONGEST:
        raise ValueError(
            f"the startup script has {len(script.encode())} bytes, and an instance's metadata takes {LONGEST}: let "
            "gce.startup fetch what it needs"
        )
    return script


def _script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")


def _settings(access: ClusterAccess, package: str) -> str:
    settings: dict[str, object] = {
        "METADATA": METADATA,
        "API_SERVER": access.server,
        "API_SERVER_RESOLVE": access.resolve,
        "NAMESPACE": access.namespace,
        "SERVICE_ACCOUNT": access.account,
        "TOKEN_AUDIENCE": access.audience,
        "TOKEN_SECONDS": access.token_seconds,
        "TOKEN_FILE": "/var/run/secrets/tokens/istio-token",
        "ROOT_FILE": ROOT_CERTIFICATE,
        "CERTIFICATE_FILE": "/etc/certs/cert-chain.pem",
        "PACKAGE_URL": package,
        "READINESS": "http://127.0.0.1:15021/healthz/ready",
        "LEAVE_SECONDS": access.leave_seconds,
        "READY_SECONDS": 120,
        "LONGEST_PAUSE": 60,
        "SIDECAR_LOG": "/var/log/istio/istio.log",
        "LIBRARY": "/usr/local/lib/meshx",
        "UNITS": "/etc/systemd/system",
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in settings.items())


def _unpacked(name: str, text: str) -> str:
    """A file as a here-document, in which nothing is expanded."""
    end = "END"
    while end in text.splitlines():
        end += "_"
    return f"put {shlex.quote(name)} <<'{end}'\n{text}{'' if text.endswith(chr(10)) else chr(10)}{end}\n"
