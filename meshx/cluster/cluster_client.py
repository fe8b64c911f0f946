"""The cluster's API, as far as a join needs it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.plugin_base.waiting import Wait, answered

_Result = TypeVar("_Result")

REQUEST_SECONDS = (5, 10)
"""The limits for a connection, and for an answer."""
AT_ONCE = 32
"""How many connections stay open for simultaneous requests."""
FORMER_KEY = "meshx:former.context"
NO_ANSWER = 0
NOT_ALLOWED = (401, 403)
"""What an API server answers to a user without the right."""


PASSING = (NO_ANSWER, 408, 429, 500, 502, 503, 504)
"""What an API server answers, if at all, while it is busy, starts, or has lost its storage for a moment."""
PATIENCE_SECONDS = 60.0
"""How long to repeat a request that gets no answer, or a passing one."""


class ClusterError(ResourceError):
    """The cluster refused or failed; ``status`` is the HTTP status, NO_ANSWER if there was none."""

    def __init__(self, message: str, status: int = NO_ANSWER, passes: bool | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.passes = status in PASSING if passes is None else passes


class Api:
    """The connection to one cluster's API, made on first use, and what meshx knows of that API."""

    def __init__(self) -> None:
        self.client: Any = None
        self.lock = threading.Lock()
        self.kinds: dict[str, list[dict[str, Any]]] = {}
        """The kinds of each group's version (`/apis/apps/v1`), as the API lists them."""
        self.watches: dict[str, Any] = {}
        """The watches, by namespace (entry_watch.py)."""
        self.machine_roots: dict[str, str] = {}
        """The root of each machine's certificate, by the machine's name, as this process has seen it on the machine."""
        self.restarted: set[tuple[str, bool]] = set()
        """The machines whose sidecars an update restarted in this process, or is to (True: in a preview), by name."""
        self.uid = ""
        """Which cluster it is, once it was asked (cluster_identity.py)."""
        self.given_up = False
        """Whether it was silent for the whole limit: later requests try once only, until it answers."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """One cluster, by the file and context of a kubeconfig (None: the usual file, its current context), or by a
    kubeconfig's text."""

    kubeconfig_file: str | None = None
    context: str | None = None
    kubeconfig: str | None = field(default=None, repr=False)
    api: Api = field(default_factory=Api, repr=False)
    named_by: str = "meshx:cluster"
    """The key that names it, for messages."""
    _operation: Operation | None = field(default=None, repr=False)

    def patient(self, operation: Operation) -> Cluster:
        """The same cluster for one operation; it waits out passing failures and reports them."""
        return replace(self, _operation=operation)

    def impatient(self) -> Cluster:
        """The same cluster without an operation; it raises failures at once."""
        return replace(self, _operation=None)

    def beside(self, context: str) -> Cluster:
        """The cluster that machines come from, in the same kubeconfig, for the same operation."""
        other = replace(shared_cluster(self.kubeconfig_file, context, self.kubeconfig), named_by=FORMER_KEY)
        return other if self._operation is None else other.patient(self._operation)

    def call(self, doing: str, request: Callable[[Any], _Result]) -> _Result:
        """Return what ``request`` gets with the API client; ClusterError names what meshx was doing.

        ``request`` passes ``_request_timeout=REQUEST_SECONDS``.
        """
        operation = self._operation
        if operation is None:
            return self._call(doing, request)
        wait = Wait(operation.cancelled, 0.0 if self.api.given_up else PATIENCE_SECONDS, first=0.5, most=10.0)
        try:
            result = answered(lambda: self._call(doing, request), wait, operation.inform)
        except ClusterError as error:
            self.api.given_up = error.passes
            raise
        self.api.given_up = False
        return result

    def server(self) -> tuple[str, str]:
        """Return the API server's URL, and the CA certificates for its own as PEM text ("": the system's).

        Raises ClusterError for a kubeconfig that can't be used.
        """
        settings = self.connected().configuration
        authority = settings.ssl_ca_cert
        return str(settings.host), Path(authority).read_text(encoding="utf-8") if authority else ""

    def prepare(self) -> None:
        """Load what calls need, while something else goes on; the call that needs it reports what is wrong."""
        with contextlib.suppress(ClusterError):
            self.connected()

    def _call(self, doing: str, request: Callable[[Any], _Result]) -> _Result:
        # Costs a second of CPU, which previews and most refreshes never need.
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            return request(self.connected())
        except ApiException as error:
            status: int = getattr(error, "status", 0) or 0
            answers = f"{self._words} answers {_told(error)}{_remedy(status)}"
            raise ClusterError(f"{doing}: {answers}", status) from None
        except HTTPError as error:
            raise ClusterError(
                f"{doing}: the API of {self._words} cannot be reached ({type(error).__name__}): check {self.named_by}"
            ) from None

    @property
    def _words(self) -> str:
        return "the cluster" if self.named_by != FORMER_KEY else f"the cluster of {FORMER_KEY} ({self.context})"

    def connected(self) -> Any:
        """The API client; ClusterError for a kubeconfig that can't be used."""
        import yaml  # noqa: PLC0415 - as above
        from kubernetes import client  # noqa: PLC0415 - as above
        from kubernetes import config as kubeconfig  # noqa: PLC0415 - as above

        config: Any = kubeconfig
        with self.api.lock:
            if self.api.client is None:
                settings: Any = client.Configuration()
                settings.retries = 1
                settings.connection_pool_maxsize = AT_ONCE
                try:
                    if self.kubeconfig is not None:
                        content = yaml.safe_load(self.kubeconfig)
                        self.api.client = config.new_client_from_config_dict(
                            content, self.context, persist_config=False, client_configuration=settings
                        )
                    else:
                        self.api.client = config.new_client_from_config(
                            self.kubeconfig_file, self.context, persist_config=False, client_configuration=settings
                        )
                except (config.ConfigException, OSError, yaml.YAMLError) as error:
                    which = self.kubeconfig_file or ("(meshx:kubeconfig)" if self.kubeconfig else "(default)")
                    raise ClusterError(
                        f"the kubeconfig {which} with context "
                        f"{self.context or '(current)'} cannot be used: {error}: correct {self.named_by}",
                        passes=False,
                    ) from None
            return self.api.client


_shared: dict[tuple[str | None, str | None, str | None], Cluster] = {}
_sharing = threading.Lock()


def shared_cluster(kubeconfig_file: str | None, context: str | None, kubeconfig: str | None = None) -> Cluster:
    """This process's one client for a file, or a text, and a context; all who call that cluster share it."""
    key = (kubeconfig_file, context, kubeconfig)
    with _sharing:
        return _shared.setdefault(key, Cluster(*key))


def cluster_of(settings: Mapping[str, Any]) -> Cluster:
    """The cluster of a provider's configuration: its `kubeconfigFile` or `kubeconfig`, and `context`."""
    return shared_cluster(settings.get("kubeconfigFile"), settings.get("context"), settings.get("kubeconfig"))


def former_cluster_of(settings: Mapping[str, Any]) -> Cluster | None:
    """The cluster that machines come from, of a provider's configuration with `formerContext`; None without."""
    context = settings.get("formerContext")
    return cluster_of(settings).beside(context) if context else None


def _told(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def _remedy(status: int) -> str:
    if status in NOT_ALLOWED:
        return ": give the user of this kubeconfig the right to it, or use another"
    return ""
