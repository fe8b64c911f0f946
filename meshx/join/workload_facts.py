"""What a join bundle says of a workload, from its configuration."""

from collections.abc import Mapping

from meshx.config.sections.workload import WorkloadConfiguration
from meshx.join.facts import Port, WorkloadFacts


def workload_facts(
    workload: WorkloadConfiguration, labels: Mapping[str, str], probe: Mapping[str, object] | None = None
) -> WorkloadFacts:
    """The facts of a workload for a machine with these labels, and for its readiness probe in Istio's JSON form."""
    return WorkloadFacts(
        name=workload.name,
        namespace=workload.namespace,
        service_account=workload.account,
        labels=labels,
        ports=tuple(Port(port.name, port.listens_on) for port in workload.listening),
        probe=probe,
        closed_when_down=workload.when_down == "closed",
        tunnel=workload.tunnel == "hbone",
    )
