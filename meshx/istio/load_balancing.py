"""An endpoint's locality and weight, in WorkloadEntries, WorkloadGroups' templates and ServiceEntries' endpoints."""


def load_balancing(locality: str | None, weight: int | None) -> dict[str, object]:
    """The fields of an endpoint; {} where nothing is said.

    The same names in all versions (istio.io/api networking/v1alpha3, service_entry.proto since 1.1, and
    workload_entry.proto). Without a weight istiod takes 1, and for 0 as well (istio/pilot/pkg/model/service.go,
    GetLoadBalancingWeight).
    """
    return {**({"locality": locality} if locality else {}), **({"weight": weight} if weight else {})}
