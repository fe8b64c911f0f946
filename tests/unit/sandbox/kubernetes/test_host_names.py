"""Load balancers that have host names: what they remember, and what name servers say of them."""

import socket
import struct
from ipaddress import IPv4Address

from sandbox.kubernetes.forwarding import Forwarding
from sandbox.kubernetes.loadbalancer import FORMER_SECONDS, LOAD_BALANCERS, Balanced, Named, assign
from sandbox.network.name_server import answered

FIRST, NEXT = LOAD_BALANCERS[0], LOAD_BALANCERS[7]


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 77, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)


def test_a_moved_one_serves_at_both_addresses_for_a_while() -> None:
    named = Named()
    named.moved(FIRST, "", now=0)
    assert named.keeps("") == (str(FIRST),)
    assert named.keeps(str(NEXT)) == ()
    named.moved(NEXT, str(NEXT), now=10)
    assert named.former == {FIRST: 10 + FORMER_SECONDS}
    assert named.keeps(str(NEXT)) == (str(NEXT),)
    named.moved(NEXT, str(NEXT), now=11 + FORMER_SECONDS)
    assert named.former == {}


def test_nobody_gets_an_address_that_still_serves() -> None:
    assert assign([Balanced("a/b", wants=str(FIRST))], held={FIRST}) == {"a/b": LOAD_BALANCERS[1]}


def test_a_name_has_its_addresses_and_others_are_refused() -> None:
    known = {"lb.elb.sandbox.test": [FIRST]}
    answer = answered(query("LB.elb.sandbox.test"), known.get)
    assert struct.unpack_from(">HHHH", answer) == (77, 0x8580, 1, 1)
    assert IPv4Address(answer[-4:]) == FIRST
    assert struct.unpack_from(">H", answered(query("lb.elb.sandbox.test", kind=28), known.get), 6) == (0,)
    assert struct.unpack_from(">H", answered(query("example.com"), known.get), 2)[0] & 0xF == 5


def test_a_listener_that_goes_takes_its_connections_with_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as node, socket.create_server(("127.0.0.1", 0)) as taken:
        target, place = node.getsockname(), taken.getsockname()
        taken.close()
        forwarding = Forwarding()
        forwarding.lead({place: target})
        with socket.create_connection(place, timeout=5) as caller:
            carried, _ = node.accept()
            caller.sendall(b"call")
            assert carried.recv(9) == b"call"
            forwarding.lead({place: target})
            carried.sendall(b"answer")
            assert caller.recv(9) == b"answer"
            forwarding.lead({})
            assert carried.recv(9) == b""
            carried.close()
