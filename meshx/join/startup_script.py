"""The startup script of an instance that joins by itself: the join's scripts and its bundle, as one text.

It is in the instance's metadata, which every process on the instance can read, and everybody who may view the instance.
So it holds nothing secret: the instance fetches its mesh identity and the mesh's root certificate with its own Google
identity (meshx/scripts/cluster_access.sh, and beside it gce/token_identity.sh or gce/secret_identity.sh).
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshx.istio.machine_paths import CERTIFICATE_CHAIN, ROOT_CERTIFICATE, TOKEN
from meshx.istio.ports import READINESS_PATH, READINESS_PORT
from meshx.join.bundle import READY_BY_ENVOY
from meshx.join.machine_files import UPKEEP_FILES, machine_files
from meshx.join.scripts_library import FAMILY_SCRIPTS, LIBRARY, script_text
from meshx.join.token_renewal import METADATA

JOIN_SCRIPTS = (
    "join.sh",
    "machine.sh",
    "folders.sh",
    "packet_rules.sh",
    "checks.sh",
    "before.sh",
    "joined_by.sh",
    "node_agent.sh",
    "unit_settings.sh",
    "agent/agent_program.sh",
    "agent/pilot-agent.sh",
    "token_renewal.sh",
    "writes.sh",
    *FAMILY_SCRIPTS,
    "way_back/way_back.sh",
    "way_back/going_back.sh",
    "version_order.sh",
    *UPKEEP_FILES,
)
GCE_FILES = (
    "lock.sh",
    "proxy_user.sh",
    "cluster_access.sh",
    "gce/startup.sh",
    "when_down/close_early.sh",
    "gce/newer_script.sh",
    "gce/follow.sh",
    "gce/probe.sh",
    "gce/stop_serving.sh",
    "gce/meshx-follow.service",
    "gce/meshx-follow.timer",
    "gce/meshx-stop-serving.service",
)
IDENTITY_SCRIPT = "identity.sh"
TOKEN_FILES = ("token_request.sh", "renew_token.sh", "gce/meshx-token.service", "gce/meshx-token.timer")
"""Beside gce/token_identity.sh."""
SECRET_FILES = ("envoy_readiness.sh", "ipv6_rules.sh")
"""Beside gce/secret_identity.sh, and the files that join.sh installs on a machine of that line."""
READINESS = f"http://127.0.0.1:{READINESS_PORT}{READINESS_PATH}"
LONGEST = 256 * 1024
"""Bytes of one metadata value (https://cloud.google.com/compute/docs/metadata/setting-custom-metadata)."""


@dataclass(frozen=True)
class ClusterAccess:
    """How an instance reaches the cluster's API server, and what it requests there.

    ``server``: `https://host:port`. ``resolve``: `host:port:address` if no name server knows the host, else "".
    ``connect_to``: `host:port:host:port` if it is reached at another host or port, else "".
    ``certificate_authority``: the CA certificate that signed the server's, as PEM text; "" if the system trusts it.
    ``account`` is a service account of ``namespace``; ``token_seconds`` the requested lifetime of a token for
    ``audience``, unused if the bundle names a Secret. ``leave_seconds``: how long a stopping instance still serves
    after its probe begins to fail.
    """

    server: str
    resolve: str
    certificate_authority: str
    namespace: str
    account: str
    audience: str
    token_seconds: int
    leave_seconds: int = 0
    connect_to: str = ""


def startup_script(bundle: Mapping[str, Any], access: ClusterAccess, own: str) -> str:
    """Return the script. ``bundle`` is in the shape of `bundle_inputs`, without the mesh's root certificate, which the
    instance fetches; ``own`` is a script of the user's, or "".

    Raises ValueError if it is longer than metadata may be.
    """
    parts = {
        **{Path(name).name: script_text(name) for name in (*JOIN_SCRIPTS, *GCE_FILES)},
        **_identity_parts(bundle),
        **machine_files(bundle),
        "cluster_access.env": _settings(access, bundle),
    }
    if access.certificate_authority:
        parts["api-server-ca.pem"] = access.certificate_authority
    if own:
        parts["own-startup"] = own
    shebang, _, rest = script_text("gce/unpack.sh").partition("\n")
    head, tail = script_text("lock.sh") + rest, script_text("gce/run.sh")
    body = "".join(_unpacked(name, text) for name, text in parts.items())
    revision = hashlib.sha256(f"{head}{body}{tail}".encode()).hexdigest()[:16]
    script = f"{shebang}\n# Revision: {revision}\n{head}{body}{_unpacked('revision', revision)}{tail}"
    if len(script.encode()) > LONGEST:
        raise ValueError(
            f"the startup script has {len(script.encode())} bytes, and an instance's metadata takes {LONGEST}: let "
            "gce.startup fetch what it needs"
        )
    return script


def _identity_parts(bundle: Mapping[str, Any]) -> dict[str, str]:
    """The script that fetches the identity, under the name that startup.sh expects, and the files that it needs."""
    script, files = (
        ("gce/secret_identity.sh", SECRET_FILES) if bundle.get("identity") else ("gce/token_identity.sh", TOKEN_FILES)
    )
    return {IDENTITY_SCRIPT: script_text(script), **{Path(name).name: script_text(name) for name in files}}


def _identity_settings(access: ClusterAccess, bundle: Mapping[str, Any]) -> dict[str, object]:
    identity = bundle.get("identity")
    if identity:
        return {"IDENTITY_SECRET": identity["secret"], "SPIFFE_ID": identity["spiffeId"]}
    return {
        "TOKEN_AUDIENCE": access.audience,
        "TOKEN_SECONDS": access.token_seconds,
        "TOKEN_FILE": TOKEN,
        "ROOT_FILE": ROOT_CERTIFICATE,
    }


def _package_settings(package: Mapping[str, Any]) -> dict[str, object]:
    """Where the package is, unless the instance chooses one, and the proxy on the way."""
    url = {} if "kinds" in package else {"PACKAGE_URL": package["source"]}
    return {**url, **({"PACKAGE_PROXY": package["proxy"]} if "proxy" in package else {})}


def _settings(access: ClusterAccess, bundle: Mapping[str, Any]) -> str:
    settings: dict[str, object] = {
        "METADATA": METADATA,
        "API_SERVER": access.server,
        "API_SERVER_RESOLVE": access.resolve,
        # Only where there is one: a new line would be a change of every instance.
        **({"API_SERVER_CONNECT_TO": access.connect_to} if access.connect_to else {}),
        "NAMESPACE": access.namespace,
        "SERVICE_ACCOUNT": access.account,
        **_identity_settings(access, bundle),
        "CERTIFICATE_FILE": CERTIFICATE_CHAIN,
        **_package_settings(bundle["package"]),
        **({} if bundle.get("readiness") == READY_BY_ENVOY else {"READINESS": READINESS}),
        "LEAVE_SECONDS": access.leave_seconds,
        "READY_SECONDS": 120,
        "LONGEST_PAUSE": 60,
        "SIDECAR_LOG": "/var/log/istio/istio.log",
        "LIBRARY": LIBRARY,
        "UNITS": "/etc/systemd/system",
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in settings.items())


def _unpacked(name: str, text: str) -> str:
    """A file as a here-document, without expansion."""
    end = "END"
    while end in text.splitlines():
        end += "_"
    return f"put {shlex.quote(name)} <<'{end}'\n{text}{'' if text.endswith(chr(10)) else chr(10)}{end}\n"
