"""Where the stack's state is: its backend, as Pulumi finds it, without asking it anything.

Source: pulumi/sdk/go/pkg/workspace, GetCurrentCloudURL (the variable, the project's file, the stored login);
pulumi/pkg/backend/diy/backend.go, massageBlobPath (the paths of `file://`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import yaml

URL_VARIABLE = "PULUMI_BACKEND_URL"
PULUMIS_OWN = "https://api.pulumi.com"
NO_ORGANISATION = "organization"
"""What Pulumi says for every backend that is a store of files (pulumi/pkg/backend/diy, diyBackendReference)."""
PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_FILE = "file://"
_SAYS_WHERE = ("domain", "endpoint", "prefix", "storage_account", "table")
"""Parameters of a URL that say where the store is, and not how to get there
(https://gocloud.dev/howto/blob/#services)."""


def known_backend(folder: Path, organisation: str, environment: Mapping[str, str] = os.environ) -> str:
    """The normalised URL of the backend of a run in a project's folder; "" if that can't be known.

    A program in the process of Pulumi's Automation API does not get the variables of its workspace: then the URL found
    may contradict what the engine says of the organisation.
    """
    url = normalised(_stated(folder, environment) or environment.get("PULUMI_API") or PULUMIS_OWN, folder)
    is_service = url.startswith(("http:", "https:"))
    return url if is_service != (organisation == NO_ORGANISATION) else ""


def normalised(url: str, folder: Path) -> str:
    """The same text for each way to write one URL; without anything secret. `folder`: where relative paths begin."""
    if url.startswith(_FILE):
        path = os.path.expanduser(url.removeprefix(_FILE).partition("?")[0])  # noqa: PTH111 - text alone
        return f"{_FILE}{os.path.normpath(folder / path)}"
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    host = "api.pulumi.com" if host == "app.pulumi.com" else host
    kept = sorted((name, value) for name, value in parse_qsl(parts.query) if name in _SAYS_WHERE)
    text = f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    return f"{text}?{urlencode(kept)}" if kept else text


def _stated(folder: Path, environment: Mapping[str, str]) -> str:
    return environment.get(URL_VARIABLE) or _of_project(folder) or _of_login(environment)


def _of_project(folder: Path) -> str:
    above = (folder, *folder.parents)
    file = next((place / name for place in above for name in PROJECT_FILES if (place / name).is_file()), None)
    if file is None:
        return ""
    try:
        content: object = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - makes texts alone
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    return _text_at(content, "backend", "url")


def _of_login(environment: Mapping[str, str]) -> str:
    home = environment.get("PULUMI_CREDENTIALS_PATH") or environment.get("PULUMI_HOME") or "~/.pulumi"
    try:
        content: object = json.loads((Path(home).expanduser() / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        return ""
    return _text_at(content, "current")


def _text_at(content: object, *keys: str) -> str:
    for key in keys:
        content = cast("Mapping[str, Any]", content).get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, str) else ""
