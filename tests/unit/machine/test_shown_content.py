"""How what somebody put in the place of a file of meshx's is shown."""

import pytest

from meshx.machine.shown_content import shown_content
from tests.unit.stand_ins.certificates_for_tests import authority

SETTINGS = "# of meshx\nISTIO_NAMESPACE='vm'\nPOD_NAME='vm-1'\n"
MESH = "defaultConfig:\n  discoveryAddress: istiod.istio-system.svc:15012\n"
ROOT = authority().pem
SHADOW = "root:$y$j9T$abc:19000:0:99999:7:::\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SETTINGS, "export ISTIO_NAMESPACE=other\n\n# mine\nA=1\n"),
        (MESH, "# mine\ndefaultConfig: {}\n"),
        (ROOT, authority().pem + ROOT),
        *((wanted, "") for wanted in (SETTINGS, MESH, ROOT)),
    ],
)
def test_an_edited_file_is_shown_as_it_is(wanted, found):
    assert shown_content(wanted, found.encode()) == found


@pytest.mark.parametrize("wanted", [SETTINGS, MESH, ROOT])
@pytest.mark.parametrize("found", [SHADOW, KEY, "a word\n", "\x00\x01", f"{SETTINGS}{SHADOW}", f"{ROOT}{KEY}"])
def test_a_file_of_another_kind_is_shown_by_its_digest(wanted, found):
    shown = shown_content(wanted, found.encode())
    assert shown.startswith(f"{len(found)} bytes of another kind, SHA-256 ")
    assert not any(line in shown for line in found.splitlines())


def test_bytes_that_are_no_text_are_of_another_kind():
    assert "of another kind" in shown_content(SETTINGS, b"\xff\xfe")
