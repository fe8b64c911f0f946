"""istiod behind the east-west gateway, where machines outside the cluster reach the control plane."""

from typing import TypedDict

import pulumi

from meshx.components.istiod.system_object import system_object
from meshx.control_plane.adopted_facts import revisioned
from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.facts import ControlPlaneFacts
from meshx.join.hosts import is_named_revision, istiod_host


class IstiodExposureArgs(TypedDict):
    """The arguments for exposing one istiod."""

    facts: ControlPlaneFacts
    labels: dict[str, str]
    """Labels of everything made in the cluster."""
    selector: dict[str, str]
    """The labels of the gateway's pods."""
    control_plane: list[pulumi.Resource]
    """What must exist first: the custom resource definitions and the webhook that validates them."""
    name_prefix: str
    """The prefix of the objects' names: empty for the names of Istio's samples."""
    stays_beside: bool
    """Whether it is the previous one, beside which another has all names but its own."""
    others_gateway: str
    """Another owner's Gateway that opens the ports already, as `namespace/name`; empty: the stack makes one."""


class IstiodExposure(pulumi.ComponentResource):
    """Passes TLS to istiod's port 15012 (discovery and certificates) through the gateway.

    Not to 15017, as Istio's samples do: its webhooks serve other clusters' API servers, and ask nobody who they are.

    **Pulumi Type:** `meshx:index:IstiodExposure`. Produces one Istio `Gateway`, unless others opened the ports already,
    and one `VirtualService`.
    Source: istio/samples/multicluster/expose-istiod.yaml, and expose-istiod-rev.yaml.tmpl for revisions.
    """

    objects: list[pulumi.Resource]
    """Its objects; a machine can join only once they exist."""

    def __init__(self, name: str, args: IstiodExposureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:IstiodExposure", name, None, opts)
        facts = args["facts"]
        options = pulumi.ResourceOptions(parent=self, depends_on=args["control_plane"])
        gateway_name = args["others_gateway"] or args["name_prefix"] + revisioned(
            "istiod-gateway", args["facts"].revision
        )
        virtual_service_name = args["name_prefix"] + revisioned("istiod-vs", args["facts"].revision)
        # With revisions several istiods stand behind one gateway, told apart by the name that the machine asks for.
        host = istiod_host(facts)
        destination = f"{host}.{CLUSTER_DOMAIN}"
        own = [host, destination]
        names = own if args["stays_beside"] or is_named_revision(args["facts"].revision) else ["*"]
        # Of two servers with the same hosts at a port istiod leaves the younger one out (pilot/pkg/model/gateway.go,
        # CheckDuplicates), also while the engine has yet to take a former revision's Gateway away.
        self.objects = [] if args["others_gateway"] else [_gateway(gateway_name, names, args, options)]
        spec = {
            "hosts": names,
            "gateways": [gateway_name],
            "tls": [
                {
                    "match": [{"port": ISTIOD_TLS_PORT, "sniHosts": names}],
                    "route": [{"destination": {"host": destination, "port": {"number": ISTIOD_TLS_PORT}}}],
                }
            ],
        }
        self.objects.append(
            system_object(virtual_service_name, facts, args["labels"], spec, options, kind="VirtualService")
        )
        self.register_outputs({})


def _gateway(name: str, hosts: list[str], args: IstiodExposureArgs, options: pulumi.ResourceOptions) -> pulumi.Resource:
    server = {
        "port": {"name": "tls-istiod", "number": ISTIOD_TLS_PORT, "protocol": "TLS"},
        "tls": {"mode": "PASSTHROUGH"},
        "hosts": hosts,
    }
    spec = {"selector": args["selector"], "servers": [server]}
    return system_object(name, args["facts"], args["labels"], spec, options, kind="Gateway")
