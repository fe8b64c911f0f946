"""Secrets in plain text are found wherever they stand, and never shown."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policy.rules.secrets import RULE
from tests.unit.policy.judging import join, resource, said

TOKEN = ".".join(["eyJhbGciOiJSUzI1NiJ9", "eyJpc3MiOiJrdWJlcm5ldGVzIn0", "c2lnbmF0dXJlLXNpZ25hdHVyZQ"])


@pytest.fixture(scope="module")
def key() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


def test_a_private_key_in_a_config_map_is_found_and_not_shown(key: str) -> None:
    message = said(RULE, resource("kubernetes:core/v1:ConfigMap", data={"id": key}))
    assert message.startswith("data.id: a private key stands here in plain text")
    assert "hand over a Secret" in message and key.splitlines()[1] not in message


def test_a_token_in_the_metadata_of_an_instance_is_found() -> None:
    instance = resource("gcp:compute/instance:Instance", metadata={"startup-script": f"TOKEN={TOKEN} join"})
    assert "metadata.startup-script: a token (JWT)" in said(RULE, instance)


def test_a_key_in_base64_is_found(key: str) -> None:
    values = {"files": [{"content": base64.encodebytes(key.encode()).decode()}]}
    assert "values.files[0].content: a private key in base64" in said(
        RULE, resource("kubernetes:helm.sh/v3:Release", values=values)
    )


def test_a_key_in_a_secret_of_the_cluster_and_as_the_login_key_is_kept_secret_already(key: str) -> None:
    assert not said(RULE, resource("kubernetes:core/v1:Secret", stringData={"id": key}))
    assert not said(RULE, resource("pulumi:providers:meshx", sshPrivateKey=key))


def test_a_key_beside_the_secret_part_of_a_command_is_found(key: str) -> None:
    command = resource("command:remote:Command", connection={"privateKey": key}, create=f"echo '{key}' > id")
    assert said(RULE, command).startswith("create: a private key")


def test_certificates_public_keys_and_long_texts_are_no_secrets() -> None:
    certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    assert not said(RULE, join(certificate=certificate, sum="0123456789abcdef" * 8))
