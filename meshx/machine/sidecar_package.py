"""The sidecar's package as a file on this computer, from which meshx copies it to machines."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshx.plugin_base.custom_resource import ResourceError

DOWNLOAD_SECONDS = 60
_one_download = threading.Lock()


class PackageError(ResourceError):
    """The package cannot be fetched, or is not the configured one."""


def package_file(package: Mapping[str, Any]) -> Path:
    """Return the file of a package ``{name, source, sha256, [proxy]}`` after checking its sum.

    Raises PackageError with the remedy.
    meshx fetches a URL once into the user's cache, for all machines: they need neither access to it nor a downloader.
    """
    source, wanted = str(package["source"]), str(package["sha256"])
    if not source.startswith(("https://", "http://")):
        path = Path(source).expanduser()
        if not path.is_file():
            raise PackageError(f"the sidecar's package {source} is not there: correct meshx:sidecar")
        return _checked(path, source, wanted)
    kept = _cache() / f"{wanted}.{'rpm' if source.partition('?')[0].endswith('.rpm') else 'deb'}"
    with _one_download:
        if not kept.exists():
            _download(source, wanted, kept, str(package.get("proxy", "")))
    return kept


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshx" / "packages"


def _download(url: str, wanted: str, target: Path, proxy: str) -> None:
    """Fetch it, by that proxy or, for "", as the environment says."""
    by = f" through {proxy}" if proxy else ""
    through = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        part = Path(file.name)
        try:
            with urllib.request.build_opener(through).open(url, timeout=DOWNLOAD_SECONDS) as answer:
                shutil.copyfileobj(answer, file)
        except (urllib.error.URLError, OSError) as error:
            part.unlink()
            raise PackageError(
                f"the sidecar's package cannot be fetched from {url}{by} ({error}): check meshx:sidecar.url, or name a "
                "file"
            ) from None
    try:
        _checked(part, url, wanted).rename(target)
    except PackageError:
        part.unlink()
        raise


def _checked(path: Path, source: str, wanted: str) -> Path:
    with path.open("rb") as file:
        found = _sha256(file)
    if found != wanted:
        raise PackageError(
            f"the sidecar's package {source} has the SHA-256 {found}, and {wanted} is configured: correct "
            "meshx:sidecar.sha256, or take the package that is meant"
        )
    return path


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
