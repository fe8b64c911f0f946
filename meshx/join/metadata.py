"""What a machine's proxy tells istiod about itself.

The names are those that ``istioctl x workload entry configure`` writes (istioctl/pkg/workload/workload.go,
createMeshConfig). Two files have them: mesh.yaml, which the agent reads, and cluster.env, which istio-start.sh exports
and from which istio-iptables reads DNS capture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from meshx.istio.ambient import ENABLE_HBONE
from meshx.istio.labels import LOCALITY_LABEL
from meshx.istio.metadata_names import SET_BY_MESHX, refused_names
from meshx.join.facts import ControlPlaneFacts, MachineFacts, Port, WorkloadFacts

CANONICAL_NAME = "service.istio.io/canonical-name"
CANONICAL_REVISION = "service.istio.io/canonical-revision"
# In the order in which Istio looks: pkg/kube/labels/labels.go.
NAME_LABELS = (CANONICAL_NAME, "app.kubernetes.io/name", "app")
REVISION_LABELS = (CANONICAL_REVISION, "app.kubernetes.io/version", "version")


def canonical_labels(labels: Mapping[str, str], workload: str) -> dict[str, str]:
    """Return ``labels`` with Istio's canonical name and revision, sorted by key."""
    name = next((labels[key] for key in NAME_LABELS if key in labels), workload)
    revision = next((labels[key] for key in REVISION_LABELS if key in labels), "latest")
    return dict(sorted({**labels, CANONICAL_NAME: name, CANONICAL_REVISION: revision}.items()))


def proxy_metadata(facts: ControlPlaneFacts, workload: WorkloadFacts, machine: MachineFacts) -> dict[str, str]:
    """Return the proxy's metadata, sorted by name, every value a string.

    A machine with a declared WorkloadEntry names it: istiod connects the proxy with it and accepts its health
    (pilot/pkg/autoregistration/controller.go, OnConnect). Registration by a group would make a second entry for the
    same address, so a machine never has both.
    """
    labels = canonical_labels(workload.labels, workload.name)
    if machine.locality:
        # The agent makes it the proxy's own locality, before what its platform says (pkg/bootstrap/config.go,
        # GetNodeMetaData). istiod makes that the locality of the entry of a group's instance, in place of the
        # template's (pilot/pkg/autoregistration/controller.go, workloadEntryFromGroup).
        labels = dict(sorted({**labels, LOCALITY_LABEL: machine.locality}.items()))
    metadata = {
        **given_metadata(facts.proxy_defaults),
        "CANONICAL_SERVICE": labels[CANONICAL_NAME],
        "CANONICAL_REVISION": labels[CANONICAL_REVISION],
        "POD_NAMESPACE": workload.namespace,
        "SERVICE_ACCOUNT": workload.service_account,
        "TRUST_DOMAIN": facts.trust_domain,
        "ISTIO_META_CLUSTER_ID": facts.cluster_name,
        "ISTIO_META_DNS_CAPTURE": "true",
        "ISTIO_META_MESH_ID": facts.mesh_id,
        "ISTIO_META_NETWORK": machine.network,
        "ISTIO_META_WORKLOAD_NAME": workload.name,
        "ISTIO_METAJSON_LABELS": compact_json(labels),
    }
    if workload.ports:
        metadata["ISTIO_META_POD_PORTS"] = compact_json([pod_port(port) for port in by_name(workload.ports)])
    if workload.tunnel:
        metadata[ENABLE_HBONE] = "true"
    if machine.workload_entry is not None:
        metadata["ISTIO_META_WORKLOAD_ENTRY"] = machine.workload_entry
        metadata.pop("ISTIO_META_AUTO_REGISTER_GROUP", None)
    if machine.group is not None:
        metadata["ISTIO_META_AUTO_REGISTER_GROUP"] = machine.group
    return dict(sorted(metadata.items()))


def given_metadata(proxy_defaults: Mapping[str, object]) -> dict[str, str]:
    """Return ``proxyMetadata`` of the mesh's own defaults, {} without any.

    Raises ValueError for names that no machine takes: what reads the defaults refuses them by path before.
    """
    written = cast("Mapping[str, object]", proxy_defaults.get("proxyMetadata") or {})
    given = {name: value for name, value in written.items() if name not in SET_BY_MESHX}
    if refused := refused_names(given):
        raise ValueError(f"no machine takes proxy metadata of these names: {refused}")
    return {key: str(value) for key, value in given.items()}


def by_name(ports: tuple[Port, ...]) -> list[Port]:
    """Return the ports in the order of their names, as istioctl writes them."""
    return sorted(ports, key=lambda port: port.name)


def pod_port(port: Port) -> dict[str, object]:
    """Return a port as istiod's model.PodPort reads it."""
    return {"name": port.name, "containerPort": port.number}


def compact_json(value: object) -> str:
    """Return JSON without blanks, as Go's encoder writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
