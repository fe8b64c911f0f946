"""What the cluster says in texts and statuses, generated: Corefiles, and what load balancers say of their addresses."""

from ipaddress import ip_address
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meshx.cluster.dns.corefile import DnsForward, forwarded_servers, reloads, with_forward, without_forward
from meshx.cluster.dns.corefile_syntax import CorefileError
from meshx.cluster.load_balancers import ingress
from meshx.control_plane.gateway_address import GatewayAddressError, gateway_host

OURS = DnsForward("global", ("10.0.0.53",), "meshx.dev")
WORDS = st.sampled_from(
    ["errors", "reload", "forward", ".", "10.0.0.1", "cache", "30", '"a b"', "`c`", "{$VAR}", "import", "log", "global"]
)
DIRECTIVE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
KEYS = st.sampled_from(
    [".:53", ".", "tls://.:853", "example.org", "corp:5353", "(snippet)", "global:53", "a.global b", ""]
)
COMMENT = st.sampled_from(["", "# { a comment", "#", "\t# global", "\r"])


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """A server block or a snippet, with a block inside perhaps."""
    body = [f"    {line}" for line in draw(st.lists(DIRECTIVE, max_size=3))]
    if draw(st.booleans()):
        body += [f"    {draw(DIRECTIVE)} {{", f"        {draw(DIRECTIVE)}", "    }"]
    return "\n".join([draw(COMMENT), f"{draw(KEYS)} {{", *body, "}"])


COREFILES = st.lists(blocks(), max_size=3).flatmap(
    lambda parts: st.sampled_from(["\n", "\n\n", ""]).map(lambda end: "\n".join(parts) + end)
)


def check_corefile(text: str) -> None:
    """Our part goes in and out again with every byte of others where it was, or the Corefile is refused in words."""
    try:
        reloads(text)
        put = with_forward(text, OURS)
    except CorefileError as error:
        assert str(error)
        return
    assert forwarded_servers(put, OURS.domain, OURS.owner) == OURS.servers
    assert with_forward(put, OURS) == put
    assert without_forward(put, OURS.domain, OURS.owner) == text


@given(COREFILES)
def test_any_corefile_has_our_part_put_in_and_taken_out_whole(text: str) -> None:
    check_corefile(text)


@given(st.text(st.sampled_from('{}#".:\n\t `\\global(import53'), max_size=60) | st.text(max_size=40))
def test_any_text_in_place_of_a_corefile_is_taken_or_refused_in_words(text: str) -> None:
    check_corefile(text)


ADDRESSES = st.ip_addresses().map(str)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "ip": ADDRESSES,
        "hostname": st.sampled_from(["", "lb.example.com"]),
        "ipMode": st.sampled_from(["VIP", "Proxy"]),
        "ports": st.lists(
            st.fixed_dictionaries({"port": st.integers(1, 65535), "protocol": st.just("TCP")}), max_size=1
        ),
    },
)
STATUSES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "loadBalancer": st.none() | st.fixed_dictionaries({}, optional={"ingress": st.none() | st.lists(ENTRIES)})
    },
)


@given(STATUSES)
def test_any_load_balancer_gives_one_of_its_addresses_or_is_told_to_have_none(status: dict[str, Any] | None) -> None:
    found = ingress({"status": status} if status is not None else {})
    stated = [str(ip_address(entry["ip"])) for entry in found if entry["ip"]]
    stated = stated or [entry["hostname"] for entry in found if entry["hostname"]]
    try:
        assert gateway_host("istio-system/gateway", found) == stated[0]
    except GatewayAddressError as error:
        assert not stated
        assert "istio-system/gateway" in str(error)
