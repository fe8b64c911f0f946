"""What resources that call the cluster have in common: its client, and its retries."""

from __future__ import annotations

import copy
from typing import TypeVar

from meshx.cluster.cluster_client import cluster_of
from meshx.plugin_base.custom_resource import Operation, Resource
from meshx.plugin_base.property_values import Properties

_Self = TypeVar("_Self", bound="ClusterResource")


class ClusterResource(Resource):
    """A resource with a cluster; `configuration` is the provider's: `kubeconfigFile`, `context`."""

    def __init__(self, configuration: Properties) -> None:
        self._cluster = cluster_of(configuration)

    def during(self: _Self, operation: Operation) -> _Self:
        """This resource with a cluster that retries passing failures; a preview shows what it can at once."""
        if operation.preview:
            return self
        patient = copy.copy(self)
        patient._cluster = self._cluster.patient(operation)
        return patient
