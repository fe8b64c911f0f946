"""A workload of Istio 1.1 to 1.4: one identity in the mesh, its machines, and what they serve."""

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.classic_services import endpoint_subsets, service_annotations, service_entry_spec, service_spec
from meshx.workload import WorkloadArgs, workload_metadata

NETWORKING = "networking.istio.io/v1alpha3"


class ClassicWorkload(pulumi.ComponentResource):
    """A service account, its machines, and once they have joined the objects by which callers find them.

    **Pulumi Type:** `meshx:index:Workload`. Produces a ServiceAccount, unless it is somebody else's; a `Machine` for
    each machine; and for a workload with ports a Service without selector, its Endpoints, and a ServiceEntry with an
    endpoint for each machine. In a destroy the last two go first, so machines leave with nobody sent to them any more.
    """

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Workload", name, None, opts)
        workload = args["workload"]
        first: list[pulumi.Resource] = args["ready"]
        if workload.create_service_account:
            # It comes after all that has to be ready, and dependencies of many machines are many to keep.
            first = [
                kubernetes.core.v1.ServiceAccount(
                    name,
                    metadata=workload_metadata(args, workload.account),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=args["ready"]),
                )
            ]
        joined = [
            args["make_machine"](machine, first, pulumi.ResourceOptions(parent=self)) for machine in args["machines"]
        ]
        if workload.ports:
            self._serve(name, args, joined)
        self.register_outputs({})

    def _serve(self, name: str, args: WorkloadArgs, joined: list[pulumi.Resource]) -> None:
        workload, machines = args["workload"], [machine for machine in args["machines"] if machine.joins]
        service = kubernetes.core.v1.Service(
            name,
            # Its endpoints are machines, which come once they have joined: waiting for pods would never end.
            metadata=workload_metadata(
                args, workload.name, {**service_annotations(workload), "pulumi.com/skipAwait": "true"}
            ),
            spec=kubernetes.core.v1.ServiceSpecArgs(ports=service_spec(workload)["ports"]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args["ready"]),
        )
        if not machines:
            return
        found_by = pulumi.ResourceOptions(parent=self, depends_on=[service, *joined])
        kubernetes.core.v1.Endpoints(
            name,
            metadata=workload_metadata(args, workload.name),
            subsets=[
                kubernetes.core.v1.EndpointSubsetArgs(addresses=subset["addresses"], ports=subset["ports"])
                for subset in endpoint_subsets(workload, machines)
            ],
            opts=found_by,
        )
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=NETWORKING,
            kind="ServiceEntry",
            metadata=workload_metadata(args, workload.name),
            spec=service_entry_spec(workload, machines),
            opts=found_by,
        )
