"""The sandbox's `kubernetes` plugin: stands in for Pulumi's official one, v4.34.2, where that cannot be had.

It keeps to the official behaviour for what it serves (each module names its source, a file or pull request of
github.com/pulumi/pulumi-kubernetes; tests/conformance states it) and refuses the rest by name. Known differences:

- The state holds no `__inputs` (object_state.py says why).
- Quantities and the like are compared as written: `1000m` and `1` differ (object_shape.py).
- Inputs of a Release that the program leaves out are absent in the state, not zero.
- An import takes all of an object's top-level fields but `status` for inputs, as there is no schema here to ask.
- Progress of a wait is not shown; its outcome is.
- A Secret's inputs are kept as `data`, also where the program wrote `stringData`.
"""

import threading
from collections.abc import Sequence
from typing import Any

from meshx.provider.custom_resource import CheckFailure, Diff, Operation, Resource, ResourceError
from meshx.provider.plugin import Plugin
from sandbox.pulumi.kubernetes import configuration
from sandbox.pulumi.kubernetes.access import Access, connect
from sandbox.pulumi.kubernetes.object_identity import gvk_of_token
from sandbox.pulumi.kubernetes.object_resource import ObjectResource
from sandbox.pulumi.kubernetes.release_resource import ReleaseResource

VERSION = "4.34.2"
"""The version of the official plugin that this one stands in for, and says it is."""

_RELEASE = "kubernetes:helm.sh/v3:Release"
_COMPONENTS = ("helm.sh/v2", "helm.sh/v4", "yaml", "yaml/v2", "kustomize", "kustomize/v2")


class KubernetesPlugin(Plugin):
    """Objects of any kind, and Helm releases."""

    name = "kubernetes"
    version = VERSION

    def __init__(self) -> None:
        self._access: Access | None = None
        self._lock = threading.Lock()

    def check_config(
        self, news: dict[str, Any], olds: dict[str, Any] | None, operation: Operation
    ) -> tuple[dict[str, Any], Sequence[CheckFailure]]:
        return news, configuration.failures(news)

    def diff_config(self, olds: dict[str, Any], news: dict[str, Any], operation: Operation) -> Diff:
        return configuration.compare(olds, news)

    def configure(self, configuration_values: dict[str, Any], operation: Operation) -> None:
        self._access = connect(configuration.read(configuration_values))

    def resource_for(self, token: str) -> Resource:
        if token == _RELEASE:
            return ReleaseResource(self._connected())
        module = token.split(":")[1] if token.count(":") == 2 else ""  # noqa: PLR2004 (package, module, name)
        if module in _COMPONENTS or (module == "helm.sh/v3"):
            raise ResourceError(f"the sandbox's kubernetes plugin does not do {token}; use the official plugin")
        gvk_of_token(token)
        return ObjectResource(self._connected())

    def invoke(self, token: str, arguments: dict[str, Any], preview: bool, operation: Operation) -> dict[str, Any]:
        raise ResourceError(f"the sandbox's kubernetes plugin does not do {token}; use the official plugin")

    def _connected(self) -> Access:
        with self._lock:
            if self._access is None:
                # Check may come before Configure: as much of a configuration as there is without one.
                self._access = connect(configuration.read({}))
            return self._access
