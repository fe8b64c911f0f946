"""The texts of authorities: certificates in PEM form, and the key of one, which is secret."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from meshx.config.errors.words import Words, quote, refuse, show
from meshx.config.leaves import Kind, Leaf

GIVE_THE_KEY = "`pulumi config set --secret meshx:trustKey < ca-key.pem`"


def certificates_text(text: str) -> str:
    """One or more certificates in PEM form, and no key."""
    if "PRIVATE KEY" in text:
        refuse(
            "a private key stands here in plain text, so treat it as known to others",
            f"the certificate alone, with a new key: {GIVE_THE_KEY}",
        )
    from meshx.config.values.certificates import read_certificates  # noqa: PLC0415 - slow to load, and rarely needed

    if not read_certificates(text.encode()):
        refuse(f"{quote(text)} is no certificate in PEM form", "its whole text, -----BEGIN CERTIFICATE----- and on")
    return text.strip() + "\n"


def signing_key_text(value: object) -> object:
    """The text of an authority's key as a secret has it; never shown, whatever it is."""
    if not isinstance(value, str):
        refuse(f"expected the text of a private key, found {show(value)}", f"the key's whole text: {GIVE_THE_KEY}")
    if value and "PRIVATE KEY-----" not in value:
        refuse("the secret is no private key in PEM form", f"the key's whole text: {GIVE_THE_KEY}")
    return value


CertificatesText = Annotated[str, AfterValidator(certificates_text), Words("certificates in PEM form (text)"), Leaf()]
SigningKey = Annotated[
    SecretStr, BeforeValidator(signing_key_text), Words("the text of a private key"), Leaf(Kind.SECRET)
]
