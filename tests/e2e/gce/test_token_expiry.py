"""Tokens that run out: replaced before they do, whatever becomes of the proxy, and no matter for a boot afterwards.

The tests of this file follow one stack. Its tokens have the least life that Kubernetes grants, ten minutes, and its
certificates the least that Istio does, one. Nobody waits ten minutes here: the timer's interval, a third of them, is
looked at and then shortened, and a token that has ended is signed as one that was given out long ago.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone

import pytest
from cryptography import x509

from sandbox import machines
from tests.e2e.gce.one_instance import CERTIFICATE, NAME, TOKEN, bring_up, calls_succeed, on_instance, soon
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.gce.service_account_tokens import claims, ended
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

TOKEN_SECONDS, CERTIFICATE_SECONDS = 600, 60
SHORTENED = "/etc/systemd/system/meshx-token.timer.d/test.conf"
EVERY_SECONDS = 5


@pytest.fixture(scope="module")
def instance(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The instance, in the mesh by a token of ten minutes, with certificates of one."""
    lifetimes = {"tokens": {"lifetimeSeconds": TOKEN_SECONDS}, "certificates": {"lifetimeSeconds": CERTIFICATE_SECONDS}}
    bring_up(project, mirror, **lifetimes)
    return project


def token() -> str:
    return on_instance("cat", TOKEN).strip()


def seconds_left(text: str) -> float:
    return claims(text)["exp"] - time.time()


def certificate_end() -> datetime:
    return x509.load_pem_x509_certificates(on_instance("cat", CERTIFICATE).encode())[0].not_valid_after_utc


def put_token(text: str) -> None:
    """In place of the instance's own, as its sidecar reads it."""
    script = f"cat >{TOKEN}.new; mv {TOKEN}.new {TOKEN}"
    on_instance("runuser", "-u", "istio-proxy", "--", "sh", "-c", script, text=text)


def renew_every(seconds: int) -> None:
    """Have the timer come as often as that."""
    names = ("OnActiveSec", "OnUnitInactiveSec")
    # An empty setting takes back those before it.
    lines = ["[Timer]", *(f"{name}=" for name in names), *(f"{name}={seconds}" for name in names), "AccuracySec=1"]
    script = f"cat >{SHORTENED}; systemctl daemon-reload; systemctl restart meshx-token.timer"
    on_instance("sh", "-c", script, text="\n".join(lines))


def test_the_timer_comes_long_before_the_token_ends(instance: MeshProject) -> None:
    shown = on_instance("systemctl", "show", "meshx-token.timer", "--property=TimersMonotonic")
    # In systemd's own words: 200 s are "3min 20s".
    intervals = set(re.findall(r"OnUnitInactiveUSec=([^;]*[a-z]) ;", shown))
    assert intervals == {"3min 20s"}, shown
    assert claims(token())["exp"] - claims(token())["iat"] == TOKEN_SECONDS
    assert seconds_left(token()) > TOKEN_SECONDS / 3


def test_a_token_is_replaced_by_its_timer_while_the_proxy_is_down(instance: MeshProject) -> None:
    on_instance("systemctl", "stop", "istio")
    renew_every(EVERY_SECONDS)
    seen = [token()]
    for _ in range(2):
        last = seen[-1]
        took = soon("the timer renews the token", lambda last=last: token() != last, 30)
        seen.append(token())
        print(f"renewed after {took:.0f} s, the former one had {seconds_left(last):.0f} s to go")
        assert seconds_left(last) > 0
    assert len({claims(text)["jti"] for text in seen}) == len(seen)
    assert on_instance("sh", "-c", "systemctl is-active istio || true").strip() == "inactive"


def test_a_sidecar_that_istiod_refused_with_an_ended_token_joins_once_the_timer_has_come(instance: MeshProject) -> None:
    on_instance("systemctl", "stop", "meshx-token.timer", "istio")
    # Without a certificate the token is all that it has.
    on_instance("sh", "-c", "rm -f /etc/certs/key.pem /etc/certs/cert-chain.pem; : >/var/log/istio/istio.log")
    put_token(ended(token()))
    on_instance("systemctl", "start", "istio")
    refused = "grep -c -i -E 'unauthenticated|authentication failure' /var/log/istio/istio.log || true"
    soon("istiod refuses the token", lambda: int(on_instance("sh", "-c", refused)) > 0)
    assert machines.execute(NAME, ["test", "-e", CERTIFICATE]).returncode != 0
    on_instance("systemctl", "start", "meshx-token.timer")
    begun = time.monotonic()
    calls_succeed()
    print(f"traffic {time.monotonic() - begun:.0f} s after the timer was let go on")


def test_an_instance_whose_token_and_certificate_ended_while_it_was_off_joins_again_at_its_boot(
    instance: MeshProject,
) -> None:
    on_instance("systemctl", "stop", "meshx-token.timer")
    put_token(ended(token()))
    end = certificate_end()
    machines.switch_off(NAME)
    time.sleep(max(0.0, (end - datetime.now(timezone.utc)).total_seconds() + 1))
    machines.switch_on(NAME)
    begun = time.monotonic()
    soon("it boots", lambda: machines.execute(NAME, ["true"]).returncode == 0)
    calls_succeed()
    print(f"traffic {time.monotonic() - begun:.0f} s after the boot")
    assert seconds_left(token()) > 0
    assert certificate_end() > end
