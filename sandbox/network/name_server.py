"""What a cloud's name servers do for load balancers that have host names: the machines' and the cluster's servers.

`python -m sandbox.network.name_server ADDRESS...` serves by UDP (RFC 1035) at these addresses, while there are names.
Without any, nobody listens there, and every query gets a refusal at once. Of names of others it knows nothing.
"""

import json
import select
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from sandbox.network.addresses import HOST_ADDRESS, MACHINE_NETWORKS
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision.supervisor import Part, module_command

NAMES = STATE / "run" / "load-balancer-names.json"
"""The addresses of each name that there is; the load balancer writes it."""
TTL_SECONDS = 10
EVERY_SECONDS = 0.5
_PORT = 53
_TYPE_A = 1
_REFUSED = 5
_HEADER = struct.Struct(">HHHHHH")


def answered(
    query: bytes, addresses_of: Callable[[str], Sequence[IPv4Address] | None], ttl: int = TTL_SECONDS
) -> bytes:
    """The answer to a query of one question (RFC 1035, 4.1): for type A the addresses, nothing for other types.

    addresses_of: the addresses of a name, None for a name of others, for which the answer is a refusal.
    """
    number, asked_flags = _HEADER.unpack_from(query)[:2]
    labels: list[str] = []
    end = _HEADER.size
    while length := query[end]:
        labels.append(query[end + 1 : end + 1 + length].decode("ascii", "replace"))
        end += 1 + length
    question = query[_HEADER.size : end + 5]
    is_a = struct.unpack_from(">H", query, end + 1)[0] == _TYPE_A
    found = addresses_of(".".join(labels).lower())
    records = [address.packed for address in found or () if is_a]
    flags = 0x8480 | (asked_flags & 0x0100) | (_REFUSED if found is None else 0)
    header = _HEADER.pack(number, flags, 1, len(records), 0, 0)
    return header + question + b"".join(struct.pack(">HHHIH", 0xC00C, _TYPE_A, 1, ttl, 4) + one for one in records)


def names() -> dict[str, list[IPv4Address]]:
    """The names that there are now."""
    try:
        said: dict[str, list[str]] = json.loads(NAMES.read_text())
    except FileNotFoundError:
        return {}
    return {name: [IPv4Address(address) for address in addresses] for name, addresses in said.items()}


def tell(known: dict[str, list[IPv4Address]]) -> None:
    """Make these the names that there are, in one step."""
    if known == names():
        return
    fresh = NAMES.with_suffix(".new")
    fresh.write_text(json.dumps({name: [str(address) for address in addresses] for name, addresses in known.items()}))
    fresh.replace(NAMES)


def main(addresses: Sequence[str]) -> None:
    """Serve until ended."""
    served: list[socket.socket] = []
    while True:
        if names() and not served:
            served = [_listening(address) for address in addresses]
        elif served and not names():
            for one in served:
                one.close()
            served = []
        for asked in select.select(served, [], [], EVERY_SECONDS)[0]:
            query, asker = asked.recvfrom(4096)
            asked.sendto(answered(query, names().get), asker)


def _listening(address: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, _PORT))
    return made


PARTS = (
    Part(
        "name-server",
        needs=("network",),
        command=lambda: [*module_command("sandbox.network.name_server"), str(HOST_ADDRESS.ip)],
    ),
    Part(
        "machines-name-server",
        needs=("network",),
        command=lambda: inside(
            *module_command("sandbox.network.name_server"), *(str(net.gateway.ip) for net in MACHINE_NETWORKS)
        ),
    ),
)
"""The cluster's, where the node's resolv.conf leads (sandbox/kubernetes/node.py), and the machines'
(sandbox/machines/root_filesystem.py)."""

if __name__ == "__main__":
    main(sys.argv[1:])
