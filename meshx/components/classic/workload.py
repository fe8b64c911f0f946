"""A workload of Istio 1.1 to 1.4: one identity in the mesh, its machines, and their ports."""

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.classic_service_specs import (
    identity_rule_spec,
    machine_entry_ports,
    service_entry_spec,
    service_spec,
)
from meshx.components.classic.membership import facts_of
from meshx.components.shared.workload_args import WorkloadArgs, service_account, workload_metadata
from meshx.config.resolved import Machine
from meshx.config.sections.workload import Served
from meshx.istio.api_versions import CLASSIC_NETWORKING
from meshx.istio.unambiguous_names import joined
from meshx.stack.logical_names import named

IDENTITY = "identity"


class ClassicWorkload(pulumi.ComponentResource):
    """A service account, its machines, and, once they have joined, the objects with which callers find them.

    **Pulumi Type:** `meshx:index:Workload`. Produces a ServiceAccount, unless it belongs to somebody else; a `Machine`
    for each machine; and for each Service of a workload with machines a Service without selector, a ServiceEntry with
    an endpoint for each machine, and if callers use mutual TLS the DestinationRules with its identity. A destroy
    removes these first, so that machines get no more calls when they leave.
    """

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:Workload", name, None, opts)
        workload = args["workload"]
        first = service_account(name, args, self)
        machines = args["context"].configuration.machines_of(workload)
        joined = [args["maker"].machine(machine, first, self) for machine in machines]
        serving = [machine for machine in machines if machine.joins]
        for service in workload.served if serving else ():
            own = service.name == workload.name
            logical_name = name if own else named(f"{workload.namespace}/{service.name}")
            self._serve(logical_name, args, service, serving, joined)
        self.register_outputs({})

    def _serve(
        self, name: str, args: WorkloadArgs, served: Served, machines: list[Machine], joined: list[pulumi.Resource]
    ) -> None:
        """The objects of a Service that has machines.

        A Service without machines would still send callers to the last one: Pilot keeps its address until the Service
        is gone (measured on 1.4.10). So the stack makes it once machines have joined, and removes it before the last
        one leaves.
        """
        # Its endpoints come from the ServiceEntry, not from pods: waiting for some would never end.
        service = kubernetes.core.v1.Service(
            name,
            metadata=workload_metadata(args, served.name, {"pulumi.com/skipAwait": "true"}),
            spec=kubernetes.core.v1.ServiceSpecArgs(ports=service_spec(served)["ports"]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args["ready"], *joined]),
        )
        rules = self._check_identity(name, args, served, machines, service)
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=CLASSIC_NETWORKING,
            kind="ServiceEntry",
            metadata=workload_metadata(args, served.name),
            spec=service_entry_spec(served, machines, service.spec.apply(lambda spec: str(spec.cluster_ip))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service, *rules, *joined]),
        )

    def _check_identity(
        self, name: str, args: WorkloadArgs, served: Served, machines: list[Machine], service: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """If the mesh's callers use mutual TLS, make them accept only the workload's identity."""
        workload, facts = args["workload"], facts_of(args["context"])
        if not facts.callers_mutual_tls:
            return []
        identity = facts.identity(workload.namespace, workload.account)
        hosts = {IDENTITY: served.host}
        if served.name == workload.name and machine_entry_ports(machines[0]):
            hosts[f"machines-{IDENTITY}"] = f"*.{workload.host}"
        configured = args["context"].configuration.workloads
        neighbours = {(one.namespace, each.name) for one in configured for each in (one, *one.services)}
        meets = (workload.namespace, f"{workload.name}-machines") in neighbours
        return [
            kubernetes.apiextensions.CustomResource(
                f"{name}/{kind}",
                api_version=CLASSIC_NETWORKING,
                kind="DestinationRule",
                metadata=workload_metadata(args, joined(served.name, kind, meets=kind != IDENTITY and meets)),
                spec=identity_rule_spec(host, identity),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )
            for kind, host in hosts.items()
        ]
