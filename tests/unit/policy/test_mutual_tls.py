"""What lets callers in without a certificate is found, unless its reason is stated."""

from typing import Any

from policy.rules.mutual_tls import EXCEPTION_ANNOTATION, MESH_RULE, RULE
from policy.rules.rule import Resource
from tests.unit.policy.judging import resource, said, said_of_stack

STATED = {"namespace": "vm", "annotations": {EXCEPTION_ANNOTATION: "a probe of the load balancer"}}


def _authentication(namespace: str = "vm", metadata: dict[str, Any] | None = None, **spec: Any) -> Resource:
    return resource(
        "kubernetes:security.istio.io/v1:PeerAuthentication",
        metadata=metadata or {"namespace": namespace},
        spec=spec,
    )


def _destination(host: str, mode: str) -> Resource:
    return resource(
        "kubernetes:networking.istio.io/v1:DestinationRule",
        metadata={},
        spec={"host": host, "trafficPolicy": {"tls": {"mode": mode}}},
    )


ISTIOD = resource("kubernetes:helm.sh/v3:Release", chart=".sandbox/charts/istiod")


def test_a_permissive_mode_is_found_for_a_namespace_and_for_one_port() -> None:
    assert "mode is PERMISSIVE" in said(RULE, _authentication(mtls={"mode": "PERMISSIVE"}))
    port = _authentication(mtls={"mode": "STRICT"}, portLevelMtls={"8080": {"mode": "DISABLE"}})
    assert "spec.portLevelMtls.8080.mode is DISABLE" in said(RULE, port)


def test_calls_without_a_certificate_into_the_mesh_are_found() -> None:
    assert "is called without a certificate" in said(RULE, _destination("httpbin.bar.global", "DISABLE"))


def test_strict_modes_stated_exceptions_and_calls_out_of_the_mesh_pass() -> None:
    assert not said(RULE, _authentication(mtls={"mode": "STRICT"}))
    assert not said(RULE, _authentication(metadata=STATED, mtls={"mode": "PERMISSIVE"}))
    assert not said(RULE, _destination("httpbin.bar.global", "ISTIO_MUTUAL"))
    assert not said(RULE, _destination("api.example.com", "SIMPLE"))


def test_an_installed_mesh_without_a_strict_rule_is_found() -> None:
    elsewhere = _authentication(mtls={"mode": "STRICT"})
    found = said_of_stack(MESH_RULE, ISTIOD, elsewhere)
    assert list(found) == ["release"] and "`mutualTls: strict`" in found["release"]


def test_a_strict_mesh_an_adopted_one_and_a_stated_exception_pass() -> None:
    strict = _authentication("istio-system", mtls={"mode": "STRICT"})
    assert not said_of_stack(MESH_RULE, ISTIOD, strict)
    assert not said_of_stack(MESH_RULE, resource("kubernetes:helm.sh/v3:Release", chart="charts/gateway"))
    assert not said_of_stack(MESH_RULE, ISTIOD, exception="old clients until June")
