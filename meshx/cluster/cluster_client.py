"""The cluster's API, for the little that a join asks of it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from meshx.plugin_base.custom_resource import ResourceError

_Result = TypeVar("_Result")

REQUEST_SECONDS = (5, 10)
"""For a connection, and for an answer."""


class ClusterError(ResourceError):
    """The cluster did not do what was asked; ``status`` is the HTTP status, 0 where there was no answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Cluster:
    """One cluster, by the file and context of a kubeconfig (None: the usual file, its current context)."""

    kubeconfig_file: str | None = None
    context: str | None = None
    _client: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def call(self, doing: str, request: Callable[[Any], _Result]) -> _Result:
        """Return what ``request`` gets with the API client; ClusterError says what was being done.

        ``request`` passes ``_request_timeout=REQUEST_SECONDS``.
        """
        # A second of CPU, which previews and most refreshes never need.
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            return request(self._connected())
        except ApiException as error:
            status: int = getattr(error, "status", 0) or 0
            raise ClusterError(f"{doing}: the cluster answers {_told(error)}{_remedy(status)}", status) from None
        except HTTPError as error:
            raise ClusterError(
                f"{doing}: the cluster's API cannot be reached ({type(error).__name__}): check meshx:cluster"
            ) from None

    def server(self) -> tuple[str, str]:
        """Return the API server's URL, and the certificates that its own is checked by as PEM text ("": the system's).

        Raises ClusterError for a kubeconfig that can't be used.
        """
        settings = self._connected().configuration
        authority = settings.ssl_ca_cert
        return str(settings.host), Path(authority).read_text(encoding="utf-8") if authority else ""

    def prepare(self) -> None:
        """Load what calls need, while something else is waited for; what is wrong is told by the call that needs it."""
        with contextlib.suppress(ClusterError):
            self._connected()

    def _connected(self) -> Any:
        from kubernetes import client  # noqa: PLC0415 - as above
        from kubernetes import config as kubeconfig  # noqa: PLC0415 - as above

        config: Any = kubeconfig
        with self._lock:
            if self._client is None:
                settings: Any = client.Configuration()
                settings.retries = 1
                try:
                    self._client = config.new_client_from_config(
                        self.kubeconfig_file, self.context, persist_config=False, client_configuration=settings
                    )
                except (config.ConfigException, OSError) as error:
                    raise ClusterError(
                        f"the kubeconfig {self.kubeconfig_file or '(default)'} with context "
                        f"{self.context or '(current)'} cannot be used: {error}: correct meshx:cluster"
                    ) from None
            return self._client


def _told(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def _remedy(status: int) -> str:
    if status in {401, 403}:
        return ": give the user of this kubeconfig the right to it, or use another"
    return ""
