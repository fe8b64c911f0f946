"""meshx:trust and meshx:trustKey: each mistake by its path, all at once, from the stack's file and from a program."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.config.program_arguments import arguments
from tests.python_keys import as_arguments
from tests.unit.stand_ins.certificates_for_tests import authority, below
from tests.unit.stand_ins.istiod_for_tests import key_of

Values = dict[str, Any]

YEAR = timedelta(days=365)
ROOT, OTHER = authority("root"), authority("other root")
BETWEEN, ALLOWS_NONE = below(ROOT, "between", None), below(ROOT, "allows none")
ISSUER = below(BETWEEN, "issuer")
ENDED, TO_COME = authority("ended", timedelta(days=-1)), authority("to come", begins_in=timedelta(days=1))
FOR_CLIENTS = authority("clients", YEAR, -YEAR, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))
LEAF = ROOT.sign("spiffe://cluster.local/ns/vm/sa/vmhttp").decode().partition("-----END CERTIFICATE-----\n")
LEAF_PEM = LEAF[0] + LEAF[1]
WITH_A_PASSWORD = ISSUER.key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
).decode()


PLACE = "meshx:trust.issuer.certificate"


def by_file(values: Values) -> Values:
    """The values as they stand in the file."""
    return values


def by_program(values: Values) -> Any:
    """The values as a program's arguments become, with keys as in Python."""
    return arguments(as_arguments(values, lambda value: value), lambda _: False).stated


@pytest.fixture
def trust(values: Values) -> Values:
    """A configuration with roots and an authority below one of them."""
    issuer = {"certificate": ISSUER.pem, "chain": BETWEEN.pem}
    return {**values, "trust": {"roots": [ROOT.pem, OTHER.pem], "issuer": issuer}, "trustKey": key_of(ISSUER)}


@pytest.fixture(params=[by_file, by_program])
def told(request: pytest.FixtureRequest, project: Path) -> Callable[[Values], dict[str, str]]:
    """What is said of a configuration, by path; it never holds a line of a key."""

    def problems(values: Values) -> dict[str, str]:
        with pytest.raises(ConfigurationError) as raised:
            load(request.param(values), project, encrypted={"trustKey"})
        for key in (ISSUER, OTHER):
            assert key_of(key).splitlines()[1] not in str(raised.value)
        words: dict[str, str] = {}
        for problem in raised.value.problems:
            words[problem.path] = f"{words.get(problem.path, '')}{problem.wrong}. {problem.remedy}\n"
        return words

    return problems


@pytest.mark.parametrize("way", [by_file, by_program])
def test_what_is_right_is_taken(trust: Values, project: Path, way: Callable[[Values], Any]) -> None:
    found = load(way(trust), project, encrypted={"trustKey"})
    assert found.trust is not None and found.trust.issuer is not None
    assert found.trust.roots == (ROOT.pem, OTHER.pem)
    assert found.trust_key.get_secret_value() == key_of(ISSUER)
    assert key_of(ISSUER).splitlines()[1] not in repr(found)
    del trust["trust"]["issuer"], trust["trustKey"]
    assert load(way(trust), project).trust is not None


@pytest.mark.parametrize(
    ("certificate", "chain", "words"),
    [
        (LEAF_PEM, "", "may not sign certificates"),
        (ENDED.pem, "", "ended 2"),
        (TO_COME.pem, "", "is not valid before 2"),
        (ISSUER.pem, "", "leads to none of meshx:trust.roots by way of chain"),
        (ISSUER.pem + BETWEEN.pem, BETWEEN.pem, "2 certificates stand here"),
        ("yes", BETWEEN.pem, "'yes' is no certificate in PEM form"),
        (ISSUER.pem + key_of(ISSUER), BETWEEN.pem, "a private key stands here in plain text"),
    ],
)
def test_an_authority_that_istiod_could_not_issue_by_is_told(
    told: Any, trust: Values, certificate: str, chain: str, words: str
) -> None:
    trust["trust"]["issuer"] = {"certificate": certificate, **({"chain": chain} if chain else {})}
    assert words in told(trust)["meshx:trust.issuer.certificate"]


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (LEAF_PEM, "may not sign certificates"),
        (ENDED.pem, "ended 2"),
        (TO_COME.pem, "is not valid before 2"),
        (FOR_CLIENTS.pem, "is for other uses than servers"),
        ("", "no certificate in PEM form"),
        (key_of(OTHER), "a private key stands here in plain text"),
        (7, "expected certificates in PEM form"),
    ],
)
def test_a_root_that_nobody_could_trust_is_told_by_its_position(
    told: Any, trust: Values, root: object, words: str
) -> None:
    trust["trust"]["roots"][1] = root
    said = told(trust)["meshx:trust.roots[1]"]
    assert words in said
    assert ("valid now" in said) == ("leave a root out that has ended" in said)


def test_a_list_of_wrong_roots_is_not_called_empty(told: Any, trust: Values) -> None:
    trust["trust"] = {"roots": ["ca.pem"]}
    del trust["trustKey"]
    assert list(told(trust)) == ["meshx:trust.roots[0]"]


def test_what_is_no_text_in_place_of_the_key_is_not_called_missing(told: Any, trust: Values) -> None:
    trust["trustKey"] = {"file": "ca-key.pem"}
    assert "missing" not in told(trust)["meshx:trustKey"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (key_of(OTHER), "is not the key of meshx:trust.issuer.certificate"),
        (WITH_A_PASSWORD, "holds no private key without a password"),
        ("hunter2", "is no private key in PEM form"),
        ("", "missing: istiod can't issue by meshx:trust.issuer without its key"),
    ],
)
def test_a_key_that_is_not_the_authoritys_is_told(told: Any, trust: Values, key: str, words: str) -> None:
    trust["trustKey"] = key
    assert words in told(trust)["meshx:trustKey"]


def test_an_authority_below_one_that_allows_none_is_told(told: Any, trust: Values) -> None:
    issuer = below(ALLOWS_NONE, "issuer")
    trust["trust"]["issuer"] = {"certificate": issuer.pem, "chain": ALLOWS_NONE.pem}
    trust["trustKey"] = key_of(issuer)
    words = told(trust)
    assert list(words) == [PLACE]
    assert "O=allows none" in words[PLACE] and "allows 0 authorities below it, and here are 1" in words[PLACE]


def test_a_key_in_plain_text_is_refused_and_not_shown(trust: Values, project: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(trust, project, encrypted=())
    assert [problem.path for problem in raised.value.problems] == ["meshx:trustKey"]
    assert "pulumi config set --secret meshx:trustKey" in str(raised.value)
    assert base64.b64decode("".join(key_of(ISSUER).splitlines()[1:-1])) not in str(raised.value).encode()


def test_all_that_is_wrong_is_told_at_once(told: Any, trust: Values) -> None:
    trust["trust"]["roots"] = [ENDED.pem, LEAF_PEM]
    trust["trust"]["issuer"] = {"certificate": ISSUER.pem, "chain": TO_COME.pem}
    trust["trustKey"] = key_of(OTHER)
    assert list(told(trust)) == [
        "meshx:trust.issuer.certificate",
        "meshx:trust.issuer.chain",
        "meshx:trust.roots[0]",
        "meshx:trust.roots[1]",
        "meshx:trustKey",
    ]


def test_a_key_without_an_issuer_says_nothing_to_anybody(told: Any, trust: Values) -> None:
    del trust["trust"]["issuer"]
    assert "names no issuer" in told(trust)["meshx:trustKey"]
    del trust["trust"]
    assert "names no issuer" in told(trust)["meshx:trustKey"]


def test_a_mesh_trusts_at_least_one_root(told: Any, trust: Values) -> None:
    trust["trust"]["roots"] = []
    assert list(told(trust)) == ["meshx:trust.roots"]


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        ({"install": {"controlPlane": False}}, "the control plane is adopted, so whoever owns it replaces its roots"),
        ({"certificateAuthority": {"address": "csr.ca.corp:443"}}, "(meshx:mesh.certificateAuthority)"),
        ({"values": {"istiod": {"global": {"caAddress": "csr.ca.svc:443"}}}}, "values.istiod.global.caAddress)"),
        ({"values": {"istiod": {"pilot": {"env": {"ENABLE_CA_SERVER": "false"}}}}}, "pilot.env.ENABLE_CA_SERVER)"),
        ({"values": {"istiod": {"pilot": {"env": {"EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API"}}}}}, "EXTERNAL_CA)"),
    ],
)
def test_a_mesh_whose_roots_others_decide_is_followed_instead(
    told: Any, trust: Values, mesh: Values, words: str
) -> None:
    trust["mesh"] |= mesh
    assert words in told(trust)["meshx:trust"]


def test_the_classic_line_has_an_authority_of_its_own(told: Any, trust: Values) -> None:
    trust["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    problems = told(trust)
    assert "Citadel issues there by Secret cacerts" in problems["meshx:trust"]
    assert "Citadel issues there by the key in Secret cacerts" in problems["meshx:trustKey"]
    del trust["trust"]
    assert "meshx:trust.issuer" not in told(trust)["meshx:trustKey"]


def test_outputs_may_stand_in_the_place_of_each_text(trust: Values, project: Path) -> None:
    outputs: list[object] = []

    def output(value: Any) -> Any:
        outputs.append(made := object())
        return made

    taken = arguments(
        as_arguments({key: trust[key] for key in ("trust", "trustKey")}, output), lambda value: value in outputs
    )
    assert (len(outputs), taken.problems) == (5, [])
    del trust["trust"], trust["trustKey"]
    load({**trust, **taken.stated}, project)
