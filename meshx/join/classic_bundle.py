"""The join bundle of Istio 1.1 to 1.4: the same type as the istiod line's, with other content."""

from __future__ import annotations

from meshx.istio.machine_paths import CERTIFICATES, CLUSTER_ENV
from meshx.istio.root_certificate import CHAIN_KEY, PRIVATE_KEY, ROOT_CERTIFICATE_KEY
from meshx.join.bundle import (
    PROXY_OWNER,
    READY_BY_ENVOY,
    BundleFile,
    JoinBundle,
    Package,
    SecretFile,
    SecretIdentity,
    Unit,
)
from meshx.join.classic_cluster_env import render_classic_cluster_env
from meshx.join.classic_hosts import gateway_names
from meshx.join.facts import ClassicFacts, MachineFacts, WorkloadFacts

NODE_AGENT = "istio-auth-node-agent"

# The node agent writes renewed files with the same owner and modes (security/pkg/nodeagent/vm).
IDENTITY_MODES = {ROOT_CERTIFICATE_KEY: "0644", CHAIN_KEY: "0644", PRIVATE_KEY: "0600"}


def secret_name(service_account: str) -> str:
    """Return the name of the Secret that Citadel makes for a service account, in its namespace."""
    return f"istio.{service_account}"


def classic_join_bundle(
    facts: ClassicFacts, workload: WorkloadFacts, machine: MachineFacts, package: Package
) -> JoinBundle:
    """Return the bundle of one machine.

    The guides give all of ``/var/lib/istio/envoy`` to istio-proxy, but istio-start.sh runs cluster.env as root, so
    whoever may write it, or its folder, becomes root.
    """
    return JoinBundle(
        files={CLUSTER_ENV: BundleFile(render_classic_cluster_env(facts, workload, machine))},
        gateway_names=gateway_names(facts),
        package=package,
        service_names=machine.names,
        closed_ports=workload.closed_ports,
        readiness=READY_BY_ENVOY,
        companions=(Unit(NODE_AGENT),),
        identity=SecretIdentity(
            secret=secret_name(workload.service_account),
            spiffe_id=facts.identity(workload.namespace, workload.service_account),
            files={
                f"{CERTIFICATES}/{entry}": SecretFile(entry, PROXY_OWNER, mode)
                for entry, mode in IDENTITY_MODES.items()
            },
        ),
    )
