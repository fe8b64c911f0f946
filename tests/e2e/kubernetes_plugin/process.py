"""Pulumi's Kubernetes plugin on the sandbox's cluster, driven as the engine drives it, with no stack."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from meshx.stack.object_writes import PATCH_FORCE
from sandbox.builds import artifact
from sandbox.paths import REPO, STATE
from tests.conformance.engine import Engine, engine_on


@contextlib.contextmanager
def kubernetes_plugin(environment: Mapping[str, str] | None = None, **settings: Any) -> Iterator[Engine]:
    """A process of the plugin's own; `settings` are those of its provider, `environment` comes on top of ours."""
    command = [str(artifact("pulumi-kubernetes") / "pulumi-resource-kubernetes")]
    with engine_on(command, "kubernetes", {PATCH_FORCE: "true", **(environment or {})}, REPO) as engine:
        engine.configure(kubeconfig=str(STATE / "kubeconfig"), **settings)
        yield engine
