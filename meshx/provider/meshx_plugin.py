"""meshx's own plugin: its configuration, its resources and its functions."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping

from meshx.cluster.cluster_client import cluster_of
from meshx.plugin_base.custom_resource import Operation, Resource
from meshx.plugin_base.plugin import Plugin
from meshx.plugin_base.property_values import Properties
from meshx.version import VERSION


class MeshxPlugin(Plugin):
    """Serves the tokens of `resources.RESOURCES`, each by one resource made with the provider's configuration."""

    name = "meshx"
    version = VERSION
    constructor = (sys.executable, "-m", "meshx.construct")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._configuration: Properties = {}
        self._made: dict[str, Resource] = {}

    def configure(self, configuration: Properties, operation: Operation) -> None:
        """Keep the configuration: kubeconfigFile, kubeconfig, context, formerContext, clusterUid, sshPrivateKeyFile,
        sshPrivateKeyVariable, sshPrivateKey, lookInPreviews, sshMaxConnections, maxUnavailable.

        Raises ResourceError if the context leads to another cluster than clusterUid's.
        """
        _resources()
        if uid := configuration.get("clusterUid"):
            from meshx.cluster.cluster_identity import refuse_others  # noqa: PLC0415 - see `_resources`

            refuse_others(cluster_of(configuration), str(uid))
        with self._lock:
            self._configuration = configuration
            self._made = {}

    def resource_for(self, token: str) -> Resource:
        """The resource for a token, made on first use. Raises KeyError."""
        with self._lock:
            if token not in self._made:
                self._made[token] = _resources()[token](self._configuration)
            return self._made[token]

    def invoke(self, token: str, arguments: Properties, preview: bool, operation: Operation) -> Properties:
        """The result of one of `functions.FUNCTIONS`. Raises ResourceError."""
        from meshx.control_plane.functions import FUNCTIONS  # noqa: PLC0415 - see `_resources`

        if token not in FUNCTIONS:
            return super().invoke(token, arguments, preview, operation)
        cluster = cluster_of(self._configuration)
        # A preview shows what it can at once.
        return FUNCTIONS[token](cluster if preview else cluster.patient(operation), arguments)

    def schema(self) -> Properties:
        """What meshx/provider/package_schema.py has."""
        from meshx.provider.package_schema import package_schema  # noqa: PLC0415 - see `_resources`

        return package_schema(self.name, self.version)


def _resources() -> Mapping[str, Callable[[Properties], Resource]]:
    """What resources.py has, loaded with the configuration: the engine waits for a plugin's start, but not for that."""
    from meshx.provider.resources import RESOURCES  # noqa: PLC0415

    return RESOURCES
