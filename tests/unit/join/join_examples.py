"""One control plane, workload and machine that the tests of the join vary."""

from meshx.join.bundle import Package
from meshx.join.facts import ControlPlaneFacts, MachineFacts, Port, WorkloadFacts

CONTROL_PLANE = ControlPlaneFacts(
    cluster_name="cluster1",
    mesh_id="mesh1",
    network="network1",
    trust_domain="cluster.local",
    proxy_defaults={
        "discoveryAddress": "istiod.istio-system.svc:15012",
        "meshId": "mesh1",
        "proxyMetadata": {"HTTP_PROXY": "proxy.example:3128"},
        "tracing": {"zipkin": {"address": "zipkin.istio-system:9411"}},
    },
)
WORKLOAD = WorkloadFacts(
    name="vmhttp",
    namespace="vm",
    service_account="vmhttp",
    labels={"app": "vmhttp", "version": "v1"},
    ports=(Port("http", 8080), Port("admin", 9000)),
    probe={"tcpSocket": {"port": 8080}, "periodSeconds": 2, "failureThreshold": 3},
)
CALLER = WorkloadFacts(name="batch", namespace="vm", service_account="batch")
MACHINE = MachineFacts(name="vm-1", address="10.77.0.11", network="network1", workload_entry="vmhttp-vm-1")
CALLING_MACHINE = MachineFacts(name="vm-3", address="10.77.0.13", network="network1")
PACKAGE = Package(source="istio-sidecar.deb", sha256="ab" * 32)
