"""`gcp:compute/healthCheck:HealthCheck` and its regional kin: by HTTP or TCP.

Official provider: google/services/compute/resource_compute_health_check.go.
"""

from meshx.plugin_base.property_values import Properties
from sandbox.gce import catalogue, cloud
from sandbox.gce.health import DEFAULTS
from sandbox.pulumi.gcp.cloud_resource import CloudResource


class HealthCheck(CloudResource):
    """A health check for instances anywhere in the project."""

    served = frozenset(
        {
            *("checkIntervalSec", "description", "healthyThreshold", "httpHealthCheck", "name", "project"),
            *("tcpHealthCheck", "timeoutSec", "unhealthyThreshold"),
        }
    )
    in_place = served - {"name", "project"}
    computed = ("creationTimestamp", "selfLink", "type")

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        project = self.place(inputs, "project")
        catalogue.check_project(project)
        path = f"projects/{project}/{self.scope(inputs)}/healthChecks/{inputs['name']}"
        kind = "HTTP" if "httpHealthCheck" in inputs else "TCP"
        with cloud.changing():
            return path, cloud.add(path, {**DEFAULTS, **inputs, "project": project, "type": kind})

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return super().change(
            resource_id, {key: DEFAULTS.get(key) if value is None else value for key, value in changes.items()}
        )


class RegionHealthCheck(HealthCheck):
    """A health check for instances of one region."""

    served = HealthCheck.served | {"region"}
