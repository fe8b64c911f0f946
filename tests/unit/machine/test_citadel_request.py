"""Citadel's Secret waited for, against a stand-in of the cluster's API."""

import base64
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.machine import citadel_request
from meshx.machine.citadel_request import request_identity
from meshx.plugin_base.custom_resource import ResourceError
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.citadel_for_tests import VMHTTP, long_lived_authority, secret_data
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

PATH = "/api/v1/namespaces/vm/secrets/istio.vmhttp"
NOW = datetime.now(timezone.utc)
ROOT = long_lived_authority(NOW - timedelta(days=30), NOW + timedelta(days=3650))


def secret(begins: int = -1, ends: int = 89) -> dict:
    """Citadel's Secret, its certificate from and to so many days from now."""
    data = secret_data(ROOT, begins=NOW + timedelta(days=begins), ends=NOW + timedelta(days=ends))
    return {"metadata": {"name": "istio.vmhttp"}, "type": "istio.io/key-and-cert", "data": data}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    stand_in = ObjectsApi()
    server = ApiServer(stand_in)
    yield stand_in
    server.close()


@pytest.fixture
def cluster(api: ObjectsApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 0.5)
    return Cluster(str(api.kubeconfig(tmp_path)), "tests")


def ask(cluster: Cluster, cancelled: threading.Event | None = None):
    return request_identity(cluster, "vm", "istio.vmhttp", VMHTTP, cancelled or threading.Event())


def test_what_is_there_is_taken_at_once(cluster, api):
    api.objects[PATH] = secret()
    material = ask(cluster)
    assert all(material.entry(name) for name in ("root-cert.pem", "cert-chain.pem", "key.pem"))
    assert [path for _, path, _ in api.requests].count(PATH) == 1


def test_a_secret_that_comes_later_is_waited_for(cluster, api, monkeypatch):
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 30.0)
    coming = threading.Timer(0.3, lambda: api.objects.__setitem__(PATH, secret()))
    coming.start()
    assert ask(cluster).root
    assert len(api.requests) > 1


def test_one_that_does_not_come_is_told_with_what_to_look_at(cluster):
    with pytest.raises(
        ResourceError, match=r"no Secret vm/istio\.vmhttp within.*istio-citadel.*ca\.istio\.io/override"
    ):
        ask(cluster)


def test_one_that_citadel_renews_meanwhile_is_waited_for(cluster, api, monkeypatch):
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 30.0)
    api.objects[PATH] = secret(-91, -1)
    threading.Timer(0.3, lambda: api.objects.__setitem__(PATH, secret())).start()
    assert ask(cluster).root


def test_an_ended_certificate_is_told_with_its_end_and_the_remedy(cluster, api):
    api.objects[PATH] = secret(-91, -1)
    with pytest.raises(
        ResourceError, match=r"vm/istio\.vmhttp: cert-chain\.pem ended .*Delete it, and Citadel makes it anew"
    ):
        ask(cluster)


def test_a_secret_of_somebody_elses_is_refused_at_once(cluster, api):
    api.objects[PATH] = {**secret(), "type": "Opaque"}
    with pytest.raises(ResourceError, match="somebody else made it"):
        ask(cluster)
    assert len(api.requests) == 1


def test_cancelling_ends_the_wait(cluster, monkeypatch):
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 3600.0)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(ResourceError):
        ask(cluster, cancelled)


def test_a_user_who_may_not_read_secrets_is_told_so(cluster, api):
    api.forbidden = "secrets"
    with pytest.raises(ClusterError, match="give the user of this kubeconfig the right"):
        ask(cluster)


SECURITY = "/api/v1/namespaces/istio-system/configmaps/istio-security"
OTHER = long_lived_authority(NOW - timedelta(days=1), NOW + timedelta(days=3650))


def says(root) -> dict:
    """ConfigMap `istio-security` of a Citadel that signs by this."""
    return {"data": {"caTLSRootCert": base64.b64encode(root.pem.encode()).decode()}}


def test_one_of_a_former_root_is_waited_for_until_citadel_has_replaced_it(cluster, api):
    api.objects |= {PATH: secret(), SECURITY: says(OTHER)}
    fresh = secret_data(OTHER, begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=89))
    threading.Timer(1.0, lambda: api.objects.__setitem__(PATH, {**secret(), "data": fresh})).start()
    assert ask(cluster).root.decode() == OTHER.pem


def test_one_of_a_former_root_that_stays_is_told_as_that(cluster, api, monkeypatch):
    monkeypatch.setattr(citadel_request, "REPLACED_SECONDS", 0.5)
    api.objects |= {PATH: secret(), SECURITY: says(OTHER)}
    with pytest.raises(ResourceError, match=r"is of another root than Citadel signs by now .*Citadel makes it anew"):
        ask(cluster)


@pytest.mark.parametrize("text", ["", "no base64", base64.b64encode(b"no certificate").decode()])
def test_a_citadel_that_does_not_say_what_it_signs_by_is_taken_at_its_secrets_word(cluster, api, text):
    api.objects |= {PATH: secret(), SECURITY: {"data": {"caTLSRootCert": text}}}
    assert ask(cluster).root.decode() == ROOT.pem
