"""Our part of a Corefile: put in, changed and taken out, with every byte of others where it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshx.cluster.dns.corefile import (
    DnsForward,
    forwarded_by,
    forwarded_servers,
    reloads,
    served_by_others,
    with_forward,
    without_forward,
)
from meshx.cluster.dns.corefile_syntax import CorefileError

KUBEADM = """\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""
OWNER = "meshx.dev"
GLOBAL = DnsForward("global", ("10.0.0.53", "10.0.0.54:5353"), OWNER)
PART = """\
# global is forwarded by meshx stack meshx.dev, which takes this block out again.
global:53 {
    errors
    cache 30
    forward . 10.0.0.53 10.0.0.54:5353
}
"""
OTHERS = [
    "",
    KUBEADM,
    KUBEADM.rstrip("\n"),
    "# a comment { with a brace\n\n\n",
    "example.org, example.com:53 {\n  forward . 8.8.8.8 # }\n}\n",
    "tls://corp.example.:853 {\n  tls a b\n}\n\n",
    '(snippet) {\n  errors\n}\n.:53 {\n  import snippet\n  rewrite name "a { b" c\n}\n',
    "{$ZONE}:53 {\n  forward . {$UPSTREAM}\n}\n\t\n",
]


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_put_in_is_taken_out_again_and_leaves_every_byte(text: str) -> None:
    put = with_forward(text, GLOBAL)
    assert forwarded_servers(put, "global", OWNER) == GLOBAL.servers
    assert put.startswith(text)
    assert without_forward(put, "global", OWNER) == text


@settings(max_examples=200)
@given(before=st.lists(st.sampled_from(OTHERS), max_size=3), after=st.lists(st.sampled_from(OTHERS), max_size=3))
def test_what_others_change_meanwhile_stays(before: list[str], after: list[str]) -> None:
    former = "\n".join(before)
    put = with_forward(former, GLOBAL)
    changed = put + "\n" + "\n".join(after)
    assert forwarded_servers(changed, "global", OWNER) == GLOBAL.servers
    left = without_forward(changed, "global", OWNER)
    assert [line for line in left.splitlines() if line] == [
        line for line in (former + "\n" + "\n".join(after)).splitlines() if line
    ]


def test_our_part_is_a_server_block_of_its_own_below_a_comment() -> None:
    assert with_forward(KUBEADM, GLOBAL) == KUBEADM + PART


def test_other_servers_go_into_the_same_place() -> None:
    others_below = with_forward(KUBEADM, GLOBAL) + "example.org {\n    forward . 8.8.8.8\n}\n"
    changed = with_forward(others_below, DnsForward("global", ("10.0.0.99",), OWNER))
    assert changed == others_below.replace("10.0.0.53 10.0.0.54:5353", "10.0.0.99")
    assert with_forward(changed, DnsForward("global", ("10.0.0.99",), OWNER)) == changed


def test_the_port_is_that_of_the_root_zone() -> None:
    put = with_forward(".:5353 {\n    errors\n}\n", GLOBAL)
    assert "\nglobal:5353 {" in put


def test_two_stacks_forward_two_domains_side_by_side() -> None:
    corp = DnsForward("corp.example", ("10.0.0.1",), "meshx.prod")
    both = with_forward(with_forward(KUBEADM, GLOBAL), corp)
    assert without_forward(both, "global", OWNER) == with_forward(KUBEADM, corp)
    assert without_forward(both, "corp.example", "meshx.prod") == with_forward(KUBEADM, GLOBAL)
    assert without_forward(both, "global", "meshx.prod") == both


@pytest.mark.parametrize("key", ["global", "global.", "GLOBAL:53", "dns://global:53", "example.org global"])
def test_a_domain_that_others_serve_is_refused(key: str) -> None:
    with pytest.raises(CorefileError, match=r"another server block serves global \(line 1\)"):
        with_forward(f"{key} {{\n    forward . 8.8.8.8\n}}\n", GLOBAL)


@pytest.mark.parametrize("key", ["notglobal", "global.example", "a.global"])
def test_a_domain_beside_or_below_is_none_of_ours(key: str) -> None:
    assert with_forward(f"{key} {{\n    errors\n}}\n", GLOBAL).endswith(PART)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".:53 {\n    errors\n", "the block of .:53 is not closed"),
        (".:53 {\n}\n}\n", "line 3 closes a block that was not opened"),
        (".:53\nerrors\n", "line 2 stands in no server block"),
        (".:53", "names zones, and no block follows"),
        ("{\n}\n", "line 1 opens a block without a zone"),
        ("a, {\n}\n", "line 1 opens a block without a zone"),
        ('.:53 {\n    rewrite name "a b\n}\n', "the quote of line 2 is not closed"),
        ("import custom/*.server\n.:53 {\n}\n", "line 1 imports server blocks from elsewhere"),
    ],
)
def test_a_corefile_that_cannot_be_read_is_refused_with_the_line(text: str, words: str) -> None:
    with pytest.raises(CorefileError, match=words.replace("*", r"\*")):
        with_forward(text, GLOBAL)


def test_our_comment_above_a_block_of_others_is_refused() -> None:
    text = PART.replace("global:53", "example.org:53")
    with pytest.raises(CorefileError, match="says that a block of meshx follows, and another one does"):
        without_forward(text, "global", OWNER)


def test_what_others_add_to_our_block_stays_until_its_servers_change() -> None:
    logged = with_forward(KUBEADM, GLOBAL).replace("global:53 {\n", "global:53 {\n    log\n")
    assert forwarded_servers(logged, "global", OWNER) == GLOBAL.servers
    assert without_forward(logged, "global", OWNER) == KUBEADM


def test_a_file_without_reload_is_known_as_one() -> None:
    assert reloads(KUBEADM)
    assert not reloads(KUBEADM.replace("    reload\n", "    # reload\n"))


OVER_TLS = "tls://.:853 {\n    tls a b\n    forward . 8.8.8.8\n}\n"


@pytest.mark.parametrize("text", [KUBEADM + OVER_TLS, OVER_TLS + KUBEADM, KUBEADM + "https://. {\n    tls a b\n}\n"])
def test_the_part_stands_on_the_port_that_pods_ask_and_not_beside_an_encrypted_one(text: str) -> None:
    assert with_forward(text, GLOBAL) == text + PART


def test_where_pods_may_ask_on_several_ports_the_part_stands_on_all() -> None:
    text = ".:53 {\n    errors\n}\ndns://.:5353 {\n    errors\n}\n"
    assert "\nglobal:53 global:5353 {\n" in with_forward(text, GLOBAL)


def test_a_part_on_a_port_that_no_pod_asks_counts_as_gone_astray_and_is_put_right() -> None:
    astray = KUBEADM + OVER_TLS + PART.replace("global:53", "global:853")
    assert forwarded_servers(astray, "global", OWNER) == ()
    assert with_forward(astray, GLOBAL) == KUBEADM + OVER_TLS + PART


@pytest.mark.parametrize("key", ["tls://global:853", "global:9053"])
def test_blocks_of_others_that_no_pod_asks_are_in_nobodys_way(key: str) -> None:
    others = KUBEADM + f"{key} {{\n    errors\n}}\n"
    assert with_forward(others, GLOBAL) == others + PART


@pytest.mark.parametrize(
    "directive",
    [
        "forward global 10.9.9.9",
        "forward bar.global. 10.9.9.9",
        "kubernetes cluster.local GLOBAL",
        "file db.global global",
        "template IN A global {\n        answer x\n    }",
        "hosts {\n        10.0.0.7 web.bar.global\n        fallthrough\n    }",
        "rewrite name suffix .global .svc.cluster.local",
        "rewrite stop {\n        name regex (.*)\\.global\\.$ {1}.svc.cluster.local\n    }",
    ],
)
def test_what_others_say_of_the_domain_inside_a_block_for_all_names_is_not_hidden(directive: str) -> None:
    text = KUBEADM.replace("    errors\n", f"    errors\n    {directive}\n")
    with pytest.raises(CorefileError, match=r"line \d+ says where .*global leads .*nobody would ask it any more"):
        with_forward(text, GLOBAL)
    # A part that is there already hides it, and goes on being ours.
    assert without_forward(with_forward(text + PART, GLOBAL), "global", OWNER) == text


@pytest.mark.parametrize(
    "directive",
    ["cache 30 global", "log global", "forward . 8.8.8.8 {\n        except global\n    }", "errors # global"],
)
def test_what_says_nothing_of_where_the_domain_leads_is_in_nobodys_way(directive: str) -> None:
    text = KUBEADM.replace("    errors\n", f"    {directive}\n")
    assert with_forward(text, GLOBAL) == text + PART


def test_zones_of_others_below_the_domain_are_noticed() -> None:
    text = KUBEADM + "bar.global:53 shop.global {\n    errors\n}\ntls://x.global {\n    tls a b\n}\n"
    assert served_by_others(text, "global") == ["bar.global", "shop.global"]
    assert served_by_others(with_forward(KUBEADM, GLOBAL), "global") == []


def test_whom_a_name_is_asked_of_is_said_by_the_narrowest_zone() -> None:
    text = "cluster.local:53 {\n    forward . 10.96.0.10\n}\n.:53 {\n    forward . /etc/resolv.conf\n}\n"
    assert forwarded_by(text, "x.cluster.local") == ("10.96.0.10",)
    assert forwarded_by(text, "global") == ("/etc/resolv.conf",)
    assert forwarded_by(text + "global {\n    forward . 10.0.0.53 10.0.0.54\n}\n", "global") == (
        "10.0.0.53",
        "10.0.0.54",
    )
    assert forwarded_by("a {\n    errors\n}\n", "global") == ()
