"""One workload is one identity, and one namespace is made once."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.sections.mesh import GatewayConfiguration

MADE_BY_KUBERNETES = ("default", "kube-system", "kube-public", "kube-node-lease")
SELECTOR_LABEL = "app"


def problems(stack: Written) -> Iterator[Problem]:
    """Identities given twice, namespaces both made and not made, labels that are not the user's to set."""
    workloads = list(stack.get("workloads").items())
    yield from _shared_identities(workloads)
    yield from _namespaces(workloads, stack.get("mesh", "gateway", "namespace"))
    for workload in workloads:
        for place in (workload, *workload.get("machines").items()):
            yield from _labels(place.get("labels"))


def _shared_identities(workloads: list[Written]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Written] = {}
    for place in workloads:
        namespace, name = place.get("namespace").text, place.get("name").text
        identity = (namespace, place.get("serviceAccount").text or name)
        earlier = first.setdefault(identity, place)
        same_name = earlier.get("name").text == name  # two workloads of one name are reported as that
        if namespace and identity[1] and earlier is not place and not same_name:
            yield Problem(
                (*place.location, "serviceAccount"),
                f"one workload is one identity, and {earlier.path} already has {namespace}/{identity[1]}",
                "a service account of its own, or one workload with the machines of both",
            )


def _namespaces(workloads: list[Written], gateway_namespace: Written) -> Iterator[Problem]:
    default = str(GatewayConfiguration.model_fields["namespace"].default)
    system = {gateway_namespace.text or default, default}
    first: dict[str, Written] = {}
    for place in workloads:
        namespace, makes = place.get("namespace").text, place.get("createNamespace").flag(True)
        if not namespace:
            continue
        if makes and namespace in {*MADE_BY_KUBERNETES, *system}:
            owner = "The control plane" if namespace in system else "Kubernetes"
            yield Problem(
                (*place.location, "createNamespace"),
                f"{owner} makes the namespace {namespace}, so the stack can't make it",
                "createNamespace: false",
            )
        earlier = first.setdefault(namespace, place)
        if earlier.get("createNamespace").flag(True) != makes:
            yield Problem(
                (*place.location, "createNamespace"),
                f"{earlier.path} says the opposite for the same namespace, {namespace}",
                f"createNamespace: {str(not makes).lower()}, or change the other",
            )


def _labels(labels: Written) -> Iterator[Problem]:
    if labels.get(SELECTOR_LABEL):
        yield Problem(
            (*labels.location, SELECTOR_LABEL),
            "meshx sets this label to the workload's name, by which the Service finds the machines",
            "another label, such as version or team",
        )
