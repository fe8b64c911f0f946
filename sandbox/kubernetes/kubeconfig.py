"""Kubeconfig files that contain all that they need."""

import base64
import json
from pathlib import Path


def kubeconfig(name: str, server: str, context: str, pki: Path | None = None) -> str:
    """A kubeconfig (JSON, which is YAML too) for the user `name`.

    pki: the folder with ca.crt, NAME.crt and NAME.key; without it requests are anonymous.
    """
    cluster, user = {"server": server}, {}
    if pki:
        authority, certificate, key = (
            base64.b64encode((pki / file).read_bytes()).decode() for file in ("ca.crt", f"{name}.crt", f"{name}.key")
        )
        cluster["certificate-authority-data"] = authority
        user = {"client-certificate-data": certificate, "client-key-data": key}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": name}}],
            "current-context": context,
        },
        indent=1,
    )
