"""Whether a machine can join by what Citadel wrote: chain, identity, time, key."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from meshx.cluster.citadel_secret import UnusableSecretError, check_material, key_material
from tests.unit.stand_ins.citadel_for_tests import NOW, ROOT, VMHTTP, long_lived_authority, secret_data

GOOD = secret_data(ROOT)
OTHER = secret_data(long_lived_authority(NOW - timedelta(days=20), NOW + timedelta(days=3650)))


def said(data: dict[str, str], identity: str = VMHTTP, now=NOW) -> str:
    """What is said against a Secret; "" where nothing is."""
    try:
        check_material(key_material(data), identity, now)
    except UnusableSecretError as error:
        return str(error)
    return ""


def test_what_citadel_wrote_for_the_account_is_good_and_its_end_is_known():
    assert check_material(key_material(GOOD), VMHTTP, NOW).end == NOW + timedelta(days=89)


def test_keys_are_rsa_as_citadel_makes_them():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert said(secret_data(ROOT, key=key)) == ""


def test_a_chain_may_have_authorities_between():
    between = long_lived_authority(NOW - timedelta(days=10), NOW + timedelta(days=365), signed_by=ROOT)
    assert said(secret_data(ROOT, intermediate=between)) == ""
    strange = long_lived_authority(NOW - timedelta(days=9), NOW + timedelta(days=365))
    assert "cert-chain.pem is not signed by root-cert.pem" in said(secret_data(ROOT, intermediate=strange))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("root-cert.pem", "cert-chain.pem is not signed by root-cert.pem"),
        ("key.pem", "key.pem is not the key of cert-chain.pem"),
        ("cert-chain.pem", "key.pem is not the key of cert-chain.pem"),
    ],
)
def test_entries_of_two_secrets_do_not_go_together(entry, words):
    assert words in said({**GOOD, entry: OTHER[entry]})


@pytest.mark.parametrize(
    "identity",
    [
        "spiffe://cluster.local/ns/default/sa/vmhttp",
        "spiffe://cluster.local/ns/vm/sa/other",
        "spiffe://corp.example/ns/vm/sa/vmhttp",
        "spiffe://cluster.local/ns/vm/sa/vmhttp2",
    ],
)
def test_a_certificate_of_somebody_else_is_refused_with_both_names(identity):
    assert said(GOOD, identity) == f"cert-chain.pem is of {VMHTTP}, not of {identity}"


@given(st.integers(-400, 400), st.integers(1, 400))
@settings(max_examples=40)
def test_a_certificate_is_good_from_its_beginning_until_shortly_before_its_end(begins, days):
    data = secret_data(
        ROOT, begins=NOW + timedelta(hours=begins), ends=NOW + timedelta(hours=begins) + timedelta(days=days)
    )
    words = said(data)
    left = timedelta(hours=begins) + timedelta(days=days)
    if begins > 0:
        assert "still to come" in words
    elif left <= timedelta(0):
        assert "cert-chain.pem ended" in words
    elif left < timedelta(hours=1):
        assert "too soon" in words
    else:
        assert words == ""


def test_a_short_certificate_counts_until_a_tenth_of_it_is_left():
    short = secret_data(ROOT, begins=NOW - timedelta(minutes=5), ends=NOW + timedelta(minutes=5))
    assert said(short) == ""
    assert "too soon" in said(short, now=NOW + timedelta(minutes=4, seconds=30))


def test_a_root_that_ended_is_told():
    ended = long_lived_authority(NOW - timedelta(days=365), NOW - timedelta(days=2))
    assert "root-cert.pem ended 2020-02-28T12:00:00Z" in said(secret_data(ended))


@pytest.mark.parametrize("entry", ["root-cert.pem", "cert-chain.pem", "key.pem"])
def test_a_missing_or_damaged_entry_is_named(entry):
    without = {name: content for name, content in GOOD.items() if name != entry}
    assert said(without) == f"{entry} is missing"
    assert said({**GOOD, entry: "%%%"}) == f"{entry} is not base64"
    assert entry in said({**GOOD, entry: base64.b64encode(b"nothing of the kind").decode()})


def test_a_key_with_a_password_is_of_no_use():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    data = secret_data(ROOT, key=key)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    data["key.pem"] = base64.b64encode(locked).decode()
    assert said(data) == "key.pem holds no private key without a password"


def test_every_reason_is_told_at_once():
    words = said(
        {**GOOD, "key.pem": OTHER["key.pem"]}, "spiffe://cluster.local/ns/vm/sa/other", NOW + timedelta(days=90)
    )
    assert all(part in words for part in ("not of spiffe://", "ended 2020-05-29T12:00:00Z", "not the key"))


@pytest.mark.parametrize("at", [10, -1], ids=["its kind", "its content"])
def test_a_certificate_whose_public_key_is_damaged_is_of_no_use(at):
    certificate = x509.load_pem_x509_certificate(base64.b64decode(GOOD["cert-chain.pem"]))
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    damaged = bytearray(public)
    damaged[at] ^= 1
    body = base64.encodebytes(certificate.public_bytes(Encoding.DER).replace(public, bytes(damaged)))
    pem = b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"
    words = said({**GOOD, "cert-chain.pem": base64.b64encode(pem).decode()})
    assert "cert-chain.pem holds a damaged public key" in words


@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=40), st.integers(0, 2000), st.integers(0, 60))
@settings(max_examples=200)
def test_whatever_is_damaged_there_is_an_answer_and_no_word_of_the_key(entry, put_in, at, cut):
    content = bytearray(base64.b64decode(GOOD[entry]))
    content[at : at + cut] = put_in
    words = said({**GOOD, entry: base64.b64encode(bytes(content)).decode()})
    key_lines = base64.b64decode(GOOD["key.pem"]).decode().splitlines()[1:-1]
    assert not any(line in words for line in key_lines)


def test_the_key_is_not_part_of_what_material_looks_like():
    assert "PRIVATE" not in repr(key_material(GOOD))
