"""A workload of Istio 1.1 to 1.4: one identity in the mesh, its machines, and what they serve."""

from typing import cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.components.classic.service_specs import (
    identity_rule_spec,
    machine_entry_ports,
    service_entry_spec,
    service_spec,
)
from meshx.components.shared.workload_args import WorkloadArgs, workload_metadata
from meshx.config.resolved import Machine
from meshx.istio.identities import spiffe_id
from meshx.join.facts import ClassicFacts

NETWORKING = "networking.istio.io/v1alpha3"


class ClassicWorkload(pulumi.ComponentResource):
    """A service account, its machines, and once they have joined the objects by which callers find them.

    **Pulumi Type:** `meshx:index:Workload`. Produces a ServiceAccount, unless it is somebody else's; a `Machine` for
    each machine; and for a workload with ports and machines a Service without selector, a ServiceEntry with an endpoint
    for each machine, and where callers speak mutual TLS the DestinationRules by which they know whose it is. In a
    destroy these go first, so machines leave with nobody sent to them any more.
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
        """The objects of a workload that has machines.

        A Service without any would go on sending callers to the last one: Pilot keeps its address until the Service is
        gone (measured on 1.4.10). So it comes once machines have joined, and goes before the last of them leaves.
        """
        workload, machines = args["workload"], [machine for machine in args["machines"] if machine.joins]
        if not machines:
            return
        # Pods find no endpoints in it, which come by the ServiceEntry: waiting for some would never end.
        service = kubernetes.core.v1.Service(
            name,
            metadata=workload_metadata(args, workload.name, {"pulumi.com/skipAwait": "true"}),
            spec=kubernetes.core.v1.ServiceSpecArgs(ports=service_spec(workload)["ports"]),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args["ready"], *joined]),
        )
        rules = self._check_identity(name, args, machines, service)
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=NETWORKING,
            kind="ServiceEntry",
            metadata=workload_metadata(args, workload.name),
            spec=service_entry_spec(workload, machines, service.spec.apply(lambda spec: str(spec.cluster_ip))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[service, *rules, *joined]),
        )

    def _check_identity(
        self, name: str, args: WorkloadArgs, machines: list[Machine], service: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """Have callers speak mutual TLS and take nobody else for the workload, where the mesh's callers speak it."""
        workload, facts = args["workload"], cast("ClassicFacts", args["facts"])
        if not facts.callers_mutual_tls:
            return []
        identity = spiffe_id(facts.trust_domain, workload.namespace, workload.account)
        hosts = {"identity": workload.host}
        if machine_entry_ports(machines[0]):
            hosts["machines-identity"] = f"*.{workload.host}"
        return [
            kubernetes.apiextensions.CustomResource(
                f"{name}/{kind}",
                api_version=NETWORKING,
                kind="DestinationRule",
                metadata=workload_metadata(args, f"{workload.name}-{kind}"),
                spec=identity_rule_spec(host, identity),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service]),
            )
            for kind, host in hosts.items()
        ]
