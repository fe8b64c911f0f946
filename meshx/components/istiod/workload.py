"""A workload: one identity in the mesh, its ports, and its machines."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.istiod.revocations import revocations
from meshx.components.shared.istio_object import istio_object
from meshx.components.shared.workload_args import WorkloadArgs, service_account, workload_metadata
from meshx.config.sections.workload import Served, WorkloadConfiguration
from meshx.istio.load_balancing import load_balancing
from meshx.join.readiness_probe import istio_probe
from meshx.join.tunnels import tunnel_labels
from meshx.stack.logical_names import named


class Workload(pulumi.ComponentResource):
    """A service account, the Service of its ports, further Services, and its machines.

    **Pulumi Type:** `meshx:index:Workload`. Produces a ServiceAccount, unless it belongs to somebody else; for a
    workload with ports a WorkloadGroup and its Services; and a `Machine` for each machine, or an `InstanceGroup`, which
    has a WorkloadGroup in any case; and for revoked machines AuthorizationPolicies and `Revocation`s. A workload
    without ports only makes calls, so nobody needs to find it.
    """

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Workload", name, None, opts)
        workload = args["workload"]
        options = pulumi.ResourceOptions(parent=self, depends_on=args["ready"])
        first = service_account(name, args, self)
        configuration = args["context"].configuration
        group = configuration.group_of(workload)
        members: list[pulumi.Resource] = []
        if workload.ports or group:
            # Instances of a group register in it, also if they only make calls.
            registers_in = _workload_group(name, args, options)
            if group:
                members.append(args["maker"].group(group, [*first, registers_in], self))
        for service in workload.served:
            own = service.name == workload.name
            _service(name if own else named(f"{workload.namespace}/{service.name}"), args, service, options)
        members += [args["maker"].machine(machine, first, self) for machine in configuration.machines_of(workload)]
        revocations(name, args, members, self)
        self.register_outputs({})


def _workload_group(name: str, args: WorkloadArgs, options: pulumi.ResourceOptions) -> pulumi.Resource:
    workload = args["workload"]
    context = args["context"]
    spec = _group_spec(workload, context.configuration.network_of(workload))
    networking = context.control_plane.facts.networking
    return istio_object(name, networking, workload_metadata(args, workload.name), spec, options, kind="WorkloadGroup")


def _group_spec(workload: WorkloadConfiguration, network: str) -> dict[str, Any]:
    template: dict[str, Any] = {
        "serviceAccount": workload.account,
        "ports": {port.name: port.listens_on for port in workload.listening},
    }
    if network:
        template["network"] = network
    template |= load_balancing(workload.locality, workload.weight)
    spec: dict[str, Any] = {
        "metadata": {"labels": {"app": workload.name, **workload.labels, **tunnel_labels(workload)}},
        "template": template,
    }
    if (probe := istio_probe(workload.effective_probe)) is not None:
        spec["probe"] = probe
    return spec


def _service(name: str, args: WorkloadArgs, service: Served, options: pulumi.ResourceOptions) -> None:
    kubernetes.core.v1.Service(
        name,
        # Its endpoints are machines, which Kubernetes does not see: waiting for pods would never end.
        metadata=workload_metadata(args, service.name, {"pulumi.com/skipAwait": "true"}),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            selector={"app": args["workload"].name},
            ip_family_policy="PreferDualStack" if args["context"].configuration.takes_both_families else None,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name=port.name,
                    port=port.port,
                    target_port=port.listens_on,
                    protocol="TCP",
                    app_protocol=port.carries.lower(),
                )
                for port in service.ports
            ],
        ),
        opts=options,
    )
