"""What the classic line, Istio 1.1 to 1.4, does not have: keys that would say something to nobody."""

import re
from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.network_rules import any_elsewhere
from meshx.config.rules.port_rules import PROTOCOLS
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.classic_versions import classic_version
from meshx.istio.protocols import named_protocol
from meshx.istio.versions import IstioLine, minor_version

WITHOUT_EFFECT = {
    ("mesh", "revision"): ("revisions came with Istio 1.6", "nothing: the classic line has one control plane"),
    ("mesh", "previousRevision"): ("revisions came with Istio 1.6", "nothing: an upgrade there is in place"),
    ("mesh", "revisionTags"): ("revisions came with Istio 1.6", "nothing: its injector takes all namespaces alike"),
    ("mesh", "meshId"): ("the classic line gives its mesh no name", "nothing"),
    ("mesh", "dualStack"): ("it takes one family of addresses alone", "nothing, or Istio 1.20 or later"),
    ("mesh", "clusterName"): ("the classic line does not tell its machines a cluster's name", "nothing"),
    ("mesh", "certificateAuthority"): (
        "Citadel alone signs there, by a protocol of its own",
        "nothing; Secret cacerts gives Citadel a root of yours",
    ),
    ("mesh", "install", "takeOwnership"): ("its charts' jobs write the definitions, whoever made them", "nothing"),
    ("mesh", "gateway", "createNamespace"): ("the chart istio has its gateway in istio-system", "nothing"),
    ("mesh", "gateway", "hostName"): (
        "its machines find Pilot and Citadel in /etc/hosts, which takes addresses only",
        "address: the IP address that the name leads to, which must stay the same",
    ),
    ("mesh", "gateway", "ports"): (
        "machines know the gateway's own ports alone: 15011, 8060 and 15443",
        "a load balancer that passes the ports on by the same numbers",
    ),
    ("mesh", "install", "gateway"): (
        "the gateway is a part of the chart istio, installed or adopted with the control plane",
        "install.controlPlane alone",
    ),
    ("trust",): (
        "Citadel issues there by Secret cacerts, which the stack makes once, and takes as it is from then on",
        "nothing; whoever replaces a root writes that Secret, step by step (docs/trust.md)",
    ),
    ("trustKey",): ("Citadel issues there by the key in Secret cacerts", "nothing"),
    ("former",): (
        "machines come over to Istio 1.20 or later alone",
        "nothing; meshx:former goes into the file of the mesh that machines go to",
    ),
    ("tokens",): ("machines show Citadel a certificate, never a token", "nothing"),
    ("certificates", "lifetimeSeconds"): (
        "the node agent asks Citadel for 90 days, and renews after half of that",
        "values: {istio: {security: {workloadCertTtl: ...}}} for the certificates that Citadel makes itself",
    ),
}


def problems(stack: Written) -> Iterator[Problem]:
    """Keys of the other line, keys that are still to come, and charts that can't be had as written."""
    version = stack.get("mesh", "istioVersion").text
    yield from _mesh_expansion(stack.get("mesh", "install"), written_line(version))
    if written_line(version) is not IstioLine.CLASSIC:
        return
    for keys, (wrong, remedy) in WITHOUT_EFFECT.items():
        place = stack.get(*keys)
        if place:
            yield Problem(place.location, f"without effect on Istio {version}: {wrong}", remedy)
    yield from _mesh_networks(stack.get("mesh", "values", "istio", "global", "meshNetworks"))
    by_gateway = any_elsewhere(stack)
    for exposed in stack.get("exposed").items():
        yield from _exposed(exposed, version, by_gateway)
    for workload in stack.get("workloads").items():
        if workload.get("tunnel").text == "hbone":
            yield Problem(
                workload.get("tunnel").location,
                f"without effect on Istio {version}: pods in ambient mode came with Istio 1.15",
                "nothing",
            )
        probe = workload.get("probe")
        if probe and probe.text != "none":
            yield Problem(
                probe.location,
                f"without effect on Istio {version}: nobody asks for a machine's health before 1.8",
                "probe: none, or nothing",
            )
        for place in (workload, *workload.get("services").items()):
            for port in place.get("ports").items():
                yield from _port(port, version)
    if stack.get("mesh", "install", "controlPlane").flag(True):
        yield from _charts(stack.get("mesh"), version)


def _mesh_expansion(install: Written, line: IstioLine | None) -> Iterator[Problem]:
    place = install.get("meshExpansion")
    if not place.flag(False):
        return
    if line is IstioLine.ISTIOD:
        yield Problem(place.location, "mesh expansion ended with Istio 1.4", "nothing: istiod is exposed as it is")
    elif line is IstioLine.CLASSIC and install.get("controlPlane").flag(True):
        yield Problem(
            place.location,
            "what this stack installs has mesh expansion on as it is",
            "nothing, or controlPlane: false for a control plane that is there",
        )


def _mesh_networks(place: Written) -> Iterator[Problem]:
    if place.value:
        yield Problem(
            place.location,
            "with networks of its own, Pilot leaves out what is on none of them, as all machines are: Pilot would send "
            "nobody to one",
            "nothing: what a machine's `network` says is enough",
        )


def _exposed(exposed: Written, version: str, by_gateway: bool) -> Iterator[Problem]:
    account = exposed.get("serviceAccount")
    if account:
        yield Problem(
            account.location,
            f"without effect on Istio {version}: its rule for *.global takes every certificate of the mesh",
            "nothing",
        )
    for key in () if by_gateway else ("address", "protocol"):
        if exposed.get(key):
            yield Problem(
                exposed.get(key).location,
                "without effect: all machines are on the cluster's network, where calls go to the Service itself",
                "nothing, or a `network` for machines that are elsewhere",
            )


def _port(port: Written, version: str) -> Iterator[Problem]:
    name, protocol = port.get("name").text, port.get("protocol").text
    if name and protocol in PROTOCOLS and named_protocol(name) is None:
        yield Problem(
            port.get("name").location,
            f"Istio {version} knows a protocol by the beginning of the port's name alone: {name} would be TCP to pods, "
            f"and {protocol} to nobody",
            f"a name such as {protocol.lower()}-{name}",
        )


def _charts(mesh: Written, version: str) -> Iterator[Problem]:
    chart = mesh.get("chart")
    if chart.get("path"):
        return
    if classic_version(minor_version(version)).chart_needs_repair:
        yield Problem(
            (*chart.location, "path"),
            f"missing: today's Helm refuses a line of chart istio {version}, and meshx repairs it only in a copy of a "
            "folder",
            "the folder install/kubernetes/helm of the unpacked release, or install: {controlPlane: false}",
        )
    elif not chart.get("repository") and not chart.get("version") and not re.match(r"\d+\.\d+\.\d", version):
        yield Problem(
            (*mesh.location, "istioVersion"),
            f"each release of {version} has a repository of its own for its charts, so the third number is needed",
            f'all of it, such as istioVersion: "{version}.10"',
        )
