"""How machines reach the cluster's API server: its address, its CA certificate, and each network's route."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from meshx.components.shared.gke_cluster import gke_facts
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.leaves import Kind
from meshx.config.stack import StackConfiguration
from meshx.config.values.addresses import AUTO
from meshx.istio.ports import ISTIOD_TLS_PORT
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.stack.awaited_outputs import unknown_text
from meshx.stack.plugin_functions import UnknownClusterError, asked

API_SERVER_HOST = "kubernetes.default.svc"
"""A name that every API server's certificate has (https://kubernetes.io/docs/setup/best-practices/certificates/)."""


@dataclass(frozen=True)
class ApiServer:
    """The API server: its URL, and its CA certificate as PEM text ("": one that the system trusts)."""

    url: str
    certificate_authority: str


def asked_api_server(configuration: StackConfiguration, parent: pulumi.Resource) -> ApiServer | None:
    """The API server for machines that renew a token or fetch an identity there; None if no machine does.

    Raises ConfigurationError for networks without a route to it, pulumi.RunError if its address is unknown.
    """
    if not configuration.has_instances and not any(machine.renew_as for machine in configuration.machines):
        return None
    server = _api_server(configuration, parent)
    _refuse_without_way(configuration, server)
    return server


def _api_server(configuration: StackConfiguration, parent: pulumi.Resource) -> ApiServer:
    """Its address: as configured, from Google, or from the kubeconfig."""
    written, of_gke = configuration.cluster.endpoint, gke_facts(configuration.cluster.context, parent)
    if of_gke is not None and of_gke.endpoint and of_gke.certificate_authority:
        found = ApiServer(f"https://{of_gke.endpoint}", of_gke.certificate_authority)
    else:
        found = _of_kubeconfig(parent)
    return ApiServer(f"https://{written}", found.certificate_authority) if written != AUTO else found


def _of_kubeconfig(parent: pulumi.Resource) -> ApiServer:
    try:
        said = asked("meshx:index:apiServer", {}, parent)
    except UnknownClusterError:
        server, authority = (unknown_text(Kind.TEXT, f"the API server's {what}") for what in ("address", "authority"))
        return ApiServer(f"https://{server}", authority)
    return ApiServer(str(said["server"]), str(said["certificateAuthority"]))


def server_and_way(server: ApiServer, way: str, gateway: GatewayEndpoint) -> tuple[str, str, str]:
    """The URL for the machines of a network, and how curl comes to the gateway where nothing else leads there: its
    `host:port:address` (`--resolve`), else its `host:port:host:port` (`--connect-to`); each "" where it is not needed.

    way: `endpoint`, or `gateway`, which passes TLS for the API server's own name through.
    """
    if way != "gateway":
        return server.url.rstrip("/"), "", ""
    own = f"{API_SERVER_HOST}:{ISTIOD_TLS_PORT}"
    if gateway.is_name or gateway.control_plane != ISTIOD_TLS_PORT:
        host = f"[{gateway.host}]" if ":" in gateway.host else gateway.host
        return f"https://{own}", "", f"{own}:{host}:{gateway.control_plane}"
    return f"https://{own}", f"{own}:{gateway.host}", ""


def _refuse_without_way(configuration: StackConfiguration, server: ApiServer) -> None:
    """Raise ConfigurationError if the network of a machine that calls the API server has no route to it."""
    problems: list[Problem] = []
    networks = {one.network for one in configuration.machines if one.renews_its_token}
    networks |= {one.network for one in configuration.groups}
    for network in sorted(networks):
        called = network or "the cluster's network, which has no name,"
        way = configuration.way_to_api_server(network)
        if not way:
            wrong = (
                f"machines on {called} fetch their identity themselves, but the configuration does not say how they "
                "reach the API server"
            )
            remedy = f"{{name: {network or 'network1'}, apiServer: endpoint}}, or apiServer: gateway for the mesh's own"
            problems.append(Problem(("networks",), wrong, remedy))
        elif way == "endpoint" and _is_this_computer(server.url):
            wrong = (
                f"missing: the kubeconfig has the API server at {server.url}, which machines on {called} cannot reach"
            )
            remedy = "endpoint: <its address as machines reach it>, or apiServer: gateway for that network"
            problems.append(Problem(("cluster", "endpoint"), wrong, remedy))
    if problems:
        raise ConfigurationError(problems)


def _is_this_computer(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
