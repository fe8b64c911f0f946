"""Settings of Citadel's by which a machine could not join."""

from __future__ import annotations

import pytest

from meshx.istio.citadel_settings import unfit_citadel


def said(*arguments: str, labels: dict[str, str] | None = None, **environment: str) -> list[str]:
    return list(unfit_citadel(arguments, environment, {"vm": labels or {}}, "istio-system"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--append-dns-names=true", "--grpc-port=8060", "--citadel-storage-namespace=istio-system"),
        ("--listened-namespaces=", "--self-signed-ca=true", "--server-only=false"),
        ("--listened-namespaces=bar,vm", "--sds-enabled=true"),
    ],
)
def test_a_citadel_that_machines_can_join_is_passed(arguments: tuple[str, ...]) -> None:
    assert said(*arguments) == []


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("--server-only",), {}, "writes no Secrets"),
        (("--server-only=true",), {}, "writes no Secrets"),
        (("--grpc-port=0",), {}, "signs on port 0"),
        (("--listened-namespaces=bar,foo",), {}, "looks at bar, foo alone"),
        (("--listened-namespace=bar",), {}, "looks at bar alone"),
        ((), {"NAMESPACE": "bar"}, "looks at bar alone"),
        ((), {"CITADEL_ENABLE_NAMESPACES_BY_DEFAULT": "false"}, "leaves namespace vm out"),
    ],
)
def test_what_keeps_machines_out_is_told_with_the_remedy(
    arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    (told,) = said(*arguments, **environment)
    assert words in told
    assert ". Remedy: " in told


@pytest.mark.parametrize(
    ("labels", "by_default", "managed"),
    [
        ({"ca.istio.io/override": "true"}, "false", True),
        ({"ca.istio.io/override": "false"}, "true", False),
        ({"ca.istio.io/override": "odd", "ca.istio.io/env": "istio-system"}, "false", True),
        ({"ca.istio.io/env": "other"}, "true", False),
    ],
)
def test_a_namespaces_labels_stand_above_the_default(labels: dict[str, str], by_default: str, managed: bool) -> None:
    assert bool(said(labels=labels, CITADEL_ENABLE_NAMESPACES_BY_DEFAULT=by_default)) is not managed
