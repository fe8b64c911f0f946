"""Firewalls as packet rules with Google's meaning, and the cluster's endpoint as Google provides it.

An instance gets only what an ingress rule of its network allows, and may send anything (Google's two
implied rules); answers to allowed connections pass. The rules are where a packet leaves for the instance,
after services' addresses have become the instance's own and before a sender's address changes: mangle POSTROUTING.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, ip_network

from sandbox.gce import cloud
from sandbox.gce.catalogue import name_of
from sandbox.gce.cloud import Properties
from sandbox.kubernetes import apiserver
from sandbox.network import packet_rules
from sandbox.network.addresses import HOST_ADDRESS, NODE_ADDRESS

CHAIN = "MESHX-GCE"
ENTRIES = (
    ("mangle", f"-A POSTROUTING -j {CHAIN}"),
    # A GKE cluster answers at its endpoint on port 443.
    ("nat", f"-A PREROUTING -d {NODE_ADDRESS}/32 -p tcp -m tcp --dport 443 -j REDIRECT --to-ports {apiserver.PORT}"),
)
FIRST_LINES = (
    "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
    # The sandbox's host looks in from outside, as a hypervisor does: for tests and for people.
    f"-s {HOST_ADDRESS.ip} -j RETURN",
)


def rules(instances: Iterable[Properties], firewalls: Iterable[Properties]) -> list[str]:
    """The chain's rules in the syntax of iptables-restore. Pure; instances and firewalls as in cloud.py."""
    lines, those = list(FIRST_LINES), list(instances)
    # An instance may send anything.
    known = [one for one in firewalls if one["direction"] == "INGRESS" and not one.get("disabled")]
    for instance in those:
        to = f"-d {_address(instance)}"
        for firewall in known:
            if _is_for(firewall, instance):
                for source in _sources(firewall, those):
                    lines += [f"-s {source} {to} {what} -j RETURN" for what in _allowed(firewall)]
        lines.append(f"{to} -j DROP")
    return lines


def _address(instance: Properties) -> IPv4Address:
    return IPv4Address(instance["networkInterfaces"][0]["networkIp"])


def _are_of_one_network(firewall: Properties, instance: Properties) -> bool:
    return name_of(firewall["network"]) == name_of(instance["networkInterfaces"][0]["network"])


def _sources(firewall: Properties, instances: Iterable[Properties]) -> Iterable[str]:
    """Ranges, and the addresses of the network's instances with one of the tags."""
    yield from firewall.get("sourceRanges") or ()
    tags = set(firewall.get("sourceTags") or ())
    for instance in instances:
        if tags & set(instance.get("tags") or ()) and _are_of_one_network(firewall, instance):
            yield str(_address(instance))


def _is_for(firewall: Properties, instance: Properties) -> bool:
    ranges = firewall.get("destinationRanges")
    if ranges and not any(_address(instance) in ip_network(range_) for range_ in ranges):
        return False
    if not _are_of_one_network(firewall, instance):
        return False
    tags, emails = firewall.get("targetTags"), firewall.get("targetServiceAccounts")
    email = (instance.get("serviceAccount") or {}).get("email")
    return bool(set(tags or ()) & set(instance.get("tags") or ())) if tags else not emails or email in emails


def _allowed(firewall: Properties) -> Iterable[str]:
    for allow in firewall.get("allows") or ():
        protocol = str(allow["protocol"]).lower()
        match = "" if protocol == "all" else f"-p {protocol}"
        for port in allow.get("ports") or [""]:
            yield f"{match} --dport {str(port).replace('-', ':')}" if port else match


def apply() -> None:
    """Make the packet rules match the cloud. Does nothing while the sandbox is down."""
    if cloud.is_raised():
        chain = rules(cloud.everything("instances").values(), cloud.everything("firewalls").values())
        packet_rules.put({("mangle", CHAIN): chain}, ENTRIES)
