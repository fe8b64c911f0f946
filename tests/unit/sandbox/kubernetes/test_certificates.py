"""The cluster's certificates: accepted by those who check them, private, and made once."""

import datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from sandbox.kubernetes import certificates

IDENTITIES = certificates.cluster_identities("node-1", IPv4Address("10.78.0.2"), IPv4Address("10.96.0.1"))


def load(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def subject(certificate: x509.Certificate) -> tuple[str, list[str]]:
    name = certificate.subject
    groups = [str(part.value) for part in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value), groups


@pytest.mark.parametrize(
    "name",
    [
        x509.IPAddress(IPv4Address("10.78.0.2")),
        x509.IPAddress(IPv4Address("10.96.0.1")),
        x509.DNSName("kubernetes.default.svc"),
        x509.DNSName("kubernetes.default.svc.cluster.local"),
    ],
    ids=lambda name: str(name.value),
)
def test_the_apiserver_is_accepted_under_each_of_its_names(tmp_path: Path, name: x509.IPAddress | x509.DNSName) -> None:
    certificates.make(tmp_path, IDENTITIES)
    store = Store([load(tmp_path, "ca")])
    PolicyBuilder().store(store).build_server_verifier(name).verify(load(tmp_path, "apiserver"), [])


def test_every_client_is_accepted_and_has_its_user_and_group(tmp_path: Path) -> None:
    certificates.make(tmp_path, IDENTITIES)
    for identity in IDENTITIES:
        certificate = load(tmp_path, identity.name)
        certificate.verify_directly_issued_by(load(tmp_path, "ca"))
        assert subject(certificate) == (identity.user, [identity.group] if identity.group else [])
    assert subject(load(tmp_path, "kubelet")) == ("system:node:node-1", ["system:nodes"])


def test_the_service_accounts_key_pair_belongs_together(tmp_path: Path) -> None:
    certificates.make(tmp_path, [])
    private = load_pem_private_key((tmp_path / "service-accounts.key").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert load_pem_public_key((tmp_path / "service-accounts.pub").read_bytes()) == private.public_key()


def test_no_file_is_readable_by_others(tmp_path: Path) -> None:
    certificates.make(tmp_path, IDENTITIES)
    certificates.write_private(tmp_path / "kubeconfig", "text")
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_making_them_again_changes_nothing(tmp_path: Path) -> None:
    certificates.make(tmp_path, IDENTITIES)
    before = contents(tmp_path)
    certificates.make(tmp_path, IDENTITIES)
    assert contents(tmp_path) == before


def test_a_certificate_whose_key_was_lost_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    certificates.make(tmp_path, IDENTITIES)
    before = contents(tmp_path)
    (tmp_path / "kubelet.key").unlink()
    certificates.make(tmp_path, IDENTITIES)
    changed = {name for name, content in contents(tmp_path).items() if content != before[name]}
    assert changed == {"kubelet.crt", "kubelet.key"}


def test_certificates_near_their_end_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LIFETIME", certificates.RENEW_BEFORE - datetime.timedelta(days=1))
    certificates.make(tmp_path, IDENTITIES)
    monkeypatch.undo()
    certificates.make(tmp_path, IDENTITIES)
    end = load(tmp_path, "apiserver").not_valid_after_utc
    assert end > datetime.datetime.now(datetime.timezone.utc) + certificates.RENEW_BEFORE
    load(tmp_path, "apiserver").verify_directly_issued_by(load(tmp_path, "ca"))
